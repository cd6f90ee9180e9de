import { useCallback, useMemo } from "react";
import { useCommonWords } from "../../i18n/common";
import { useTheme } from "../../theme";
import { categoryColour } from "../../theme/categories";
import { dark, type Palette, type UseClass } from "../../theme/palette";
import { serviceStates } from "../../ui/ServiceState";
import { useUiWords } from "../../ui/words";
import { nobody, type Colouring } from "./looks";
import { useNodesWords } from "./words";

function colourOfUse(use: string, palette: Palette): string {
  return use === "idle" ? palette.classes.unwanted : (palette.classes[use as UseClass] ?? palette.lineStrong);
}

function healthColour(state: string, palette: Palette): string {
  if (state === "up") return palette.classes.productive;
  if (state === "down") return palette.classes.lost;
  if (state === "maintenance") return palette.classes.maintenance;
  return state === "drained" || state === "draining" ? palette.classes.stranded : palette.classes.drained;
}

/** A class of the ledger, or the centre's word for what is not in use, in the reader's language. */
export function useUseName(): (use: string) => string {
  const t = useNodesWords();
  const c = useCommonWords();
  const { palette } = useTheme();
  return useCallback((use) => (use === "idle" ? t("idle") : use in palette.classes ? c(`class.${use as UseClass}`) : use), [t, c, palette]);
}

export interface Keys {
  colourOf: (key: string) => string;
  nameOf: (key: string) => string;
}

/** Colours and names of what the map shows, by how it is coloured. */
export function useKeys(by: Colouring, present: readonly string[]): Keys {
  const t = useNodesWords();
  const u = useUiWords();
  const nameOfUse = useUseName();
  const { palette } = useTheme();
  const isDark = palette === dark;
  // A project keeps its colour however many cards it has: by its name's place among all. Jobs go by their number.
  const names = by === "project" ? [...present].filter((key) => key !== nobody).sort().join("\n") : "";
  const places = useMemo(() => new Map(names.split("\n").map((name, i) => [name, i])), [names]);
  const colourOf = useCallback((key: string) => {
    if (by === "class") return colourOfUse(key, palette);
    if (by === "health") return healthColour(key, palette);
    if (key === nobody) return palette.classes.unwanted;
    return categoryColour(by === "job" ? Number(key) : (places.get(key) ?? 0), isDark);
  }, [by, palette, isDark, places]);
  const nameOf = useCallback((key: string) => {
    if (by === "class") return nameOfUse(key);
    if (by === "health") return (serviceStates as readonly string[]).includes(key) ? u(`service.${key as "up"}`) : key;
    if (key === nobody) return t("noJob");
    return by === "job" ? t("job", { id: key }) : key;
  }, [by, t, u, nameOfUse]);
  return { colourOf, nameOf };
}
