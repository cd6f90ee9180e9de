import { BgColorsOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useCallback, type ReactNode } from "react";
import { changeLanguage, languages, type Language } from "../i18n";
import { useLanguage } from "../i18n/words";
import { hub } from "../live/hub";
import { nextMode, useTheme } from "../theme";
import { useShellWords } from "./words";

/** The centre's own sentences change with the language: everything is asked anew. */
export function useChangeLanguage(): (language: Language) => void {
  const client = useQueryClient();
  return useCallback(
    (language) => {
      void changeLanguage(language).then(() => {
        hub.restart();
        return client.invalidateQueries();
      });
    },
    [client],
  );
}

/** One step: what stands on it is the language that it brings. */
export function LanguageSwitch(): ReactNode {
  const t = useShellWords();
  const next = useLanguage() === "zh" ? "en" : "zh";
  const change = useChangeLanguage();
  return (
    <Button type="text" lang={next} title={`${t("language")} (l)`} className="switch-language" onClick={() => change(next)}>{languages[next]}</Button>
  );
}

/** From one to the next: as the system, light, dark. */
export function ThemeSwitch(): ReactNode {
  const t = useShellWords();
  const { mode, setMode } = useTheme();
  const icons = { system: <BgColorsOutlined aria-hidden />, light: <SunOutlined aria-hidden />, dark: <MoonOutlined aria-hidden /> };
  const said = `${t("theme")}: ${t(`themes.${mode}`)}`;
  return <Button type="text" icon={icons[mode]} aria-label={said} title={`${said} (t)`} className="switch-theme" onClick={() => setMode(nextMode(mode))} />;
}
