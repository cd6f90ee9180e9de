import i18next from "i18next";
import { speak } from "../api/client";

export type Language = "en" | "zh";
export const languages: Record<Language, string> = { en: "English", zh: "中文" };
const key = "mingyue.language";

/** What this browser chose before, else the first of its languages that we speak. */
export function firstLanguage(stored: string | null, wanted: readonly string[]): Language {
  if (stored === "en" || stored === "zh") return stored;
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "zh");
  return known === "zh" ? "zh" : "en";
}

function settle(language: Language): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  speak(language);
}

void i18next.init({
  lng: firstLanguage(localStorage.getItem(key), navigator.languages ?? []),
  fallbackLng: false,
  resources: {},
  // Words come with the screens that use them (words.ts), at once and never from elsewhere.
  initAsync: false,
  // React escapes what it shows.
  interpolation: { escapeValue: false },
  returnNull: false,
});
settle(i18next.language as Language);

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(key, language);
  settle(language);
  await i18next.changeLanguage(language);
}

export { i18next };
