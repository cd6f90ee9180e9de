import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, type ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Nothing, Shown } from "../../states/Shown";
import { useTheme } from "../../theme";
import type { UseClass } from "../../theme/palette";
import { Panel } from "../../ui/Panel";
import { StackedArea, type AreaSeries } from "../../ui/StackedArea";
import { useResourceName } from "../overview/Resources";
import { keyOf } from "./pool";
import { isNarrowed, queryOf, type Question } from "./question";
import { useLedgerWords } from "./words";

type View = Schemas["LedgerView"];
const steps = 120;

/** Shares of the capacity by class; narrowed to somebody, the hours that they used. */
function useAreas(series: View[], pool: string, narrowed: boolean): AreaSeries[] {
  const c = useCommonWords();
  const { palette } = useTheme();
  return useMemo(() => {
    const lines = series.map((view) => (narrowed ? view.usage : view.lines).find((line) => keyOf(line) === pool));
    const classes = [...new Set(lines.flatMap((line) => Object.keys(line?.classes ?? {})))] as UseClass[];
    const value = (line: (typeof lines)[number], use: string): number | null => {
      const time = Number(line?.classes[use] ?? 0);
      if (line && "capacity" in line) return line.capacity === "0" ? null : time / Number(line.capacity);
      return narrowed ? time / 3_600_000 : null;
    };
    return classes.map((use) => ({ name: c(`class.${use}`), colour: palette.classes[use], values: lines.map((line) => value(line, use)) }));
  }, [series, pool, narrowed, c, palette]);
}

function Areas({ series, pool, narrowed, label }: { series: View[]; pool: string; narrowed: boolean; label: string }): ReactNode {
  const f = useFormat();
  // Before its first record a centre has no capacity: the picture begins with the centre.
  const known = useMemo(() => {
    const first = narrowed ? 0 : series.findIndex((view) => view.lines.some((line) => line.capacity !== "0"));
    return series.slice(Math.max(0, first));
  }, [series, narrowed]);
  const until = new Date(known.at(-1)?.to ?? 0).getTime() / 1000;
  const times = useMemo(() => known.map((view) => new Date(view.from).getTime() / 1000), [known]);
  const areas = useAreas(known, pool, narrowed);
  const say = useCallback((value: number) => (narrowed ? f.number(value, value < 10 ? 2 : 1) : f.percent(value, value === 0 || value === 1 ? 0 : 1)), [f, narrowed]);
  return <StackedArea times={times} until={until} series={areas} {...(narrowed ? {} : { max: 1 })} say={say} height={240} label={label} />;
}

export function OverTime({ question, pool, resource }: { question: Question; pool: string; resource: string }): ReactNode {
  const t = useLedgerWords();
  const name = useResourceName();
  const narrowed = isNarrowed(question);
  const { by: _, ...rest } = question;
  const query = useQuery({
    queryKey: ["ledger-series", rest],
    queryFn: ({ signal }) => {
      const { by: __, ...asked } = queryOf(question, Date.now());
      return told(api.GET("/v1/ledger/series", { params: { query: { ...asked, steps } }, signal }));
    },
    refetchInterval: question.period === "hour" ? 15_000 : question.period === "free" ? false : 120_000,
    placeholderData: (before) => before,
  });
  const what = narrowed ? t("inHours", { resource: name(resource) }) : t("ofCapacity");
  return (
    <Panel title={<>{t("over")} <span className="muted small">{what}</span></>}>
      <Shown query={query} isEmpty={(series) => !series.some((view) => (narrowed ? view.usage.length > 0 : view.lines.some((line) => line.capacity !== "0")))}
        empty={<Nothing>{narrowed ? t("noUsageOf") : t("none")}</Nothing>}>
        {(series) => <Areas series={series} pool={pool} narrowed={narrowed} label={`${t("over")}: ${pool}, ${what}`} />}
      </Shown>
    </Panel>
  );
}
