import { App, ConfigProvider, theme as antd } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { createContext, useContext, useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from "react";
import { useLanguage } from "../i18n/words";
import { cssVariables, dark, light, type Palette } from "./palette";

export type Mode = "system" | "light" | "dark";
const modes: Mode[] = ["system", "light", "dark"];
export const nextMode = (mode: Mode): Mode => modes[(modes.indexOf(mode) + 1) % modes.length]!;
const key = "mingyue.theme";

interface Theme {
  mode: Mode;
  setMode: (mode: Mode) => void;
  /** For canvases; everything else uses the CSS variables. */
  palette: Palette;
}
const Context = createContext<Theme>({ mode: "system", setMode: () => undefined, palette: light });
export const useTheme = (): Theme => useContext(Context);

function useSystemDark(): boolean {
  const query = useMemo(() => matchMedia("(prefers-color-scheme: dark)"), []);
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = (): void => setDark(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return isDark;
}

/** Latin first, so that figures are Latin; then each system's own Chinese face. No font is loaded from anywhere. */
const fonts =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", sans-serif';
const monospace =
  'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace';

export function ThemeProvider({ children }: { children: ReactNode }): ReactNode {
  const [mode, setStored] = useState<Mode>(() => (localStorage.getItem(key) as Mode | null) ?? "system");
  const systemDark = useSystemDark();
  const isDark = mode === "dark" || (mode === "system" && systemDark);
  const palette = isDark ? dark : light;
  const language = useLanguage();
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.dataset.theme = isDark ? "dark" : "light";
    root.style.colorScheme = isDark ? "dark" : "light";
    for (const [name, value] of cssVariables(palette)) root.style.setProperty(name, value);
    root.style.setProperty("--font", fonts);
    root.style.setProperty("--mono", monospace);
  }, [isDark, palette]);
  const value = useMemo(
    () => ({
      mode,
      palette,
      setMode: (next: Mode) => {
        localStorage.setItem(key, next);
        setStored(next);
      },
    }),
    [mode, palette],
  );
  return (
    <Context.Provider value={value}>
      <ConfigProvider
        locale={language === "zh" ? zhCN : enUS}
        button={{ autoInsertSpace: false }}
        theme={{
          algorithm: isDark ? antd.darkAlgorithm : antd.defaultAlgorithm,
          token: {
            colorPrimary: palette.accent, colorLink: palette.accentText, colorInfo: palette.info,
            colorSuccess: palette.good, colorWarning: palette.warn, colorError: palette.bad,
            colorBgLayout: palette.ground, colorBgContainer: palette.surface, colorBgElevated: palette.raised,
            colorText: palette.text, colorTextSecondary: palette.muted, colorTextTertiary: palette.muted,
            colorTextDescription: palette.muted, colorTextPlaceholder: palette.muted,
            colorBorder: palette.lineStrong, colorBorderSecondary: palette.line,
            fontFamily: fonts, fontFamilyCode: monospace, fontSize: 13, controlHeight: 30, borderRadius: 6,
            wireframe: false, motionDurationMid: "0.12s", motionDurationSlow: "0.16s",
          },
        }}
      >
        <App className="app">{children}</App>
      </ConfigProvider>
    </Context.Provider>
  );
}
