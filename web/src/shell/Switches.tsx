import { BgColorsOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown } from "antd";
import { useCallback, type ReactNode } from "react";
import { changeLanguage, languages, type Language } from "../i18n";
import { useLanguage } from "../i18n/words";
import { hub } from "../live/hub";
import { modes, useTheme } from "../theme";
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

export function LanguageSwitch(): ReactNode {
  const t = useShellWords();
  const language = useLanguage();
  const change = useChangeLanguage();
  const items = (Object.keys(languages) as Language[]).map((key) => ({ key, label: <span lang={key}>{languages[key]}</span> }));
  return (
    <Dropdown trigger={["click"]} menu={{ items, selectable: true, selectedKeys: [language], onClick: ({ key }) => change(key as Language) }}>
      <Button type="text" aria-label={`${t("language")}: ${languages[language]}`} title={t("language")} className="switch-language">{languages[language]}</Button>
    </Dropdown>
  );
}

export function ThemeSwitch(): ReactNode {
  const t = useShellWords();
  const { mode, setMode } = useTheme();
  const icons = { system: <BgColorsOutlined aria-hidden />, light: <SunOutlined aria-hidden />, dark: <MoonOutlined aria-hidden /> };
  const items = modes.map((key) => ({ key, label: t(`themes.${key}`), icon: icons[key] }));
  return (
    <Dropdown trigger={["click"]} menu={{ items, selectable: true, selectedKeys: [mode], onClick: ({ key }) => setMode(key as typeof mode) }}>
      <Button type="text" icon={icons[mode]} aria-label={t("theme")} title={t("theme")} className="switch-theme" />
    </Dropdown>
  );
}
