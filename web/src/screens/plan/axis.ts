/** Marks on an axis of time. */
export interface Tick {
  at: number;
  text: string;
  /** Begins a day, or what is longer: said with its date. */
  isMain: boolean;
}
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [1_000, 5_000, 15_000, 30_000, minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day, 84 * day];

/** Round instants of the reader's zone, at least `apart` pixels from one another. */
export function ticksOf(from: number, to: number, width: number, language: "en" | "zh", apart = 84): Tick[] {
  const step = steps.find((each) => (each / (to - from)) * width >= apart) ?? steps.at(-1)!;
  const zone = new Date(from).getTimezoneOffset() * minute;
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(step < minute ? { second: "2-digit" } : {}) });
  const date = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
  const ticks: Tick[] = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) {
    const isMain = (((at - zone) % day) + day) % day === 0;
    ticks.push({ at, isMain, text: isMain || step >= day ? date.format(at) : clock.format(at) });
  }
  return ticks;
}

export interface Span {
  from: number;
  to: number;
}
const least = 30_000;
const most = 400 * day;

/** Closer (factor over 1) or farther, while the instant `around` stays where it is. */
export function zoomedSpan(span: Span, factor: number, around: number): Span {
  const length = Math.max(least, Math.min(most, (span.to - span.from) / factor));
  const part = (around - span.from) / (span.to - span.from);
  return { from: around - part * length, to: around + (1 - part) * length };
}

/** What to show first: a little of what was, and until most of what is known has ended. */
export function firstSpan(now: number, bars: readonly { start: number; end: number }[]): Span {
  const ends = bars.map((bar) => (bar.end === Infinity ? bar.start + hour : bar.end)).filter((end) => end > now).sort((a, b) => a - b);
  const until = ends[Math.floor(ends.length * 0.9)] ?? now + hour;
  const length = Math.max(10 * minute, Math.min(14 * day, (until - now) * 1.1));
  return { from: now - length * 0.12, to: now + length };
}
