import type { Language } from "../i18n";

/** Numbers with units, times in the reader's zone. What comes from the API as text (64 bit) is taken as it is. */
type Whole = string | number;

const units = {
  en: { day: "d", hour: "h", minute: "min", second: "s", millisecond: "ms", glue: " " },
  zh: { day: "天", hour: "小时", minute: "分", second: "秒", millisecond: "毫秒", glue: " " },
} as const;

/** The two largest units that say something: `3 d 4 h`, `12 min 5 s`, `0.4 s`, `7 ms`. */
export function duration(milliseconds: Whole, language: Language): string {
  const ms = Number(milliseconds);
  const u = units[language];
  const sign = ms < 0 ? "−" : "";
  const seconds = Math.abs(ms) / 1000;
  if (ms !== 0 && seconds < 0.1) return seconds < 0.001 ? `${sign}< 1 ${u.millisecond}` : `${sign}${number(Math.round(seconds * 1000), language)} ${u.millisecond}`;
  if (seconds < 10 && seconds !== Math.floor(seconds)) return `${sign}${number(Number(seconds.toFixed(1)), language)} ${u.second}`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), u.day],
    [Math.floor(whole / 3_600) % 24, u.hour],
    [Math.floor(whole / 60) % 60, u.minute],
    [whole % 60, u.second],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return `0 ${u.second}`;
  return sign + parts.slice(first, first + 2).filter(([count], i) => i === 0 || count > 0).map(([count, unit]) => `${count} ${unit}`).join(u.glue);
}

const locale = (language: Language): string => (language === "zh" ? "zh-CN" : "en-GB");
const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
function made<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => T): T {
  if (!cache.has(key)) cache.set(key, make());
  return cache.get(key) as T;
}

export function number(value: Whole, language: Language, digits = 1): string {
  return made(`n${language}${digits}`, () => new Intl.NumberFormat(locale(language), { maximumFractionDigits: digits })).format(Number(value));
}

/** `0.873` → `87.3 %`; what is almost nothing or almost all is not rounded to it. */
export function percent(part: number | null | undefined, language: Language, digits = 1): string {
  if (part === null || part === undefined || !Number.isFinite(part)) return "–";
  const least = 10 ** -digits;
  const value = part * 100;
  if (value > 0 && value < least) return `< ${least} %`;
  if (value < 100 && value > 100 - least) return `> ${100 - least} %`;
  return `${number(Number(value.toFixed(digits)), language, digits)} %`;
}

const sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
export function bytes(value: Whole, language: Language): string {
  let size = Number(value);
  let at = 0;
  while (size >= 1024 && at < sizes.length - 1) {
    size /= 1024;
    ++at;
  }
  return `${number(Number(size.toFixed(size < 10 && at > 0 ? 1 : 0)), language)} ${sizes[at]}`;
}

/** Core- or card-milliseconds, in hours; a little is not rounded to none. */
export function resourceHours(value: Whole, language: Language): string {
  const hours = Number(value) / 3_600_000;
  if (hours > 0 && hours < 0.01) return `< ${number(0.01, language, 2)}`;
  return number(hours, language, hours < 10 ? 2 : hours < 1000 ? 1 : 0);
}

/** The whole of it: `2026-11-27 18:06:13 GMT+8`, as Swedes and ISO 8601 write it: day and month are not taken for one another. */
export function instant(value: string | number, timeZone?: string): string {
  return made(`i${timeZone}`, () => new Intl.DateTimeFormat("sv-SE", {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hourCycle: "h23", timeZoneName: "short", ...(timeZone ? { timeZone } : {}),
  })).format(new Date(value));
}

/** As short as it is clear beside `now`: today the time, this year the day and time, else the date. */
export function shortInstant(value: string | number, now: number, timeZone?: string): string {
  const zone = timeZone ? { timeZone } : {};
  const at = new Date(value);
  const day = made(`d${timeZone}`, () => new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", ...zone }));
  const [date, today] = [day.format(at), day.format(new Date(now))];
  const time = made(`t${timeZone}`, () => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", ...zone })).format(at);
  if (date === today) return time;
  if (date.slice(0, 4) === today.slice(0, 4)) return `${date.slice(5)} ${time.slice(0, 5)}`;
  return date;
}

const instantWithin = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A sentence of the centre, with the instants in it as the reader's clock shows them. */
export function sentence(text: string, now: number, timeZone?: string): string {
  return text.replace(instantWithin, (instant) => shortInstant(instant, now, timeZone));
}
