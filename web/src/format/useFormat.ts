import type { Language } from "../i18n";
import { useLanguage } from "../i18n/words";
import * as format from "./format";

const of = (language: Language) => ({
  number: (value: string | number, digits?: number) => format.number(value, language, digits),
  percent: (part: number | null | undefined, digits?: number) => format.percent(part, language, digits),
  duration: (ms: string | number) => format.duration(ms, language),
  bytes: (value: string | number) => format.bytes(value, language),
  hours: (value: string | number) => format.resourceHours(value, language),
  instant: (value: string | number) => format.instant(value),
  sentence: (text: string) => format.sentence(text, Date.now()),
  short: (value: string | number, now: number) => format.shortInstant(value, now),
});
const formats = { en: of("en"), zh: of("zh") };

/** The functions of format.ts in the reader's language. */
export const useFormat = () => formats[useLanguage()];
