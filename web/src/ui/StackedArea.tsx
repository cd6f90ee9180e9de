import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useFormat } from "../format/useFormat";
import { useLanguage } from "../i18n/words";
import { useTheme } from "../theme";

export interface AreaSeries {
  name: string;
  colour: string;
  /** A value for each instant; null where nothing is known. */
  values: (number | null)[];
}

/** The period that the pointer is over; the nearest instant may be the next one's. */
function periodAt(times: readonly number[], left: number, timeOf: (left: number) => number): number | null {
  if (left < 0) return null;
  const at = times.findLastIndex((time) => time <= timeOf(left));
  return at < 0 ? null : at;
}

/**
 * Areas on one another, over time: each value holds from its instant to the next, the last one to `until`. Instants are seconds
 * since 1970. Hovering tells the values of a period.
 */
export function StackedArea({ times, until, series, max, say, height = 220, label }: {
  times: number[]; until: number; series: AreaSeries[]; max?: number; say: (value: number) => string; height?: number; label: string;
}): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const { palette } = useTheme();
  const language = useLanguage();
  const f = useFormat();
  const [at, setAt] = useState<number | null>(null);
  // The sums up to each series: an area lies between its own sum and the one below.
  const sums = useMemo(() => {
    const made: (number | null)[][] = [];
    series.forEach((one, i) => {
      made.push(one.values.map((value, n) => (value === null ? null : value + (i > 0 ? (made[i - 1]![n] ?? 0) : 0))));
    });
    return made;
  }, [series]);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const axis: uPlot.Axis = {
      stroke: palette.muted, font: `11px ${getComputedStyle(document.body).fontFamily}`, ticks: { stroke: palette.line, width: 1 },
    };
    const day = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { month: "short", day: "numeric" });
    const span = until - (times[0] ?? until);
    const seconds = span < 900 ? { second: "2-digit" as const } : {};
    const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...seconds });
    const long = span > 2 * 86_400;
    const plot = new uPlot(
      {
        width: element.clientWidth, height,
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: { x: { time: true }, y: { range: [0, max ?? Math.max(1, ...(sums.at(-1) ?? []).map((v) => v ?? 0))] } },
        axes: [
          { ...axis, space: 78, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => (long ? day : clock).format(tick * 1000)) },
          { ...axis, size: 52, grid: { stroke: palette.line, width: 1 }, values: (_, ticks) => ticks.map(say) },
        ],
        bands: series.slice(1).map((_, i): uPlot.Band => ({ series: [i + 2, i + 1] })),
        series: [{}, ...series.map((one): uPlot.Series => ({
          label: one.name, stroke: one.colour, fill: one.colour, width: 0, points: { show: false }, paths: uPlot.paths.stepped!({ align: 1 }),
        }))],
        hooks: { setCursor: [(u) => setAt(periodAt(times, u.cursor.left ?? -1, (left) => u.posToVal(left, "x")))] },
      },
      // Steps go from one instant to the next: the end of the last period closes it.
      [[...times, until], ...sums.map((sum) => [...sum, sum.at(-1) ?? null])],
      element,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [times, until, series, sums, max, say, height, palette, language]);

  const shown = series.filter((one) => one.values.some((value) => (value ?? 0) > 0));
  return (
    <div>
      <div ref={host} className="area" role="img" aria-label={label} style={{ height }} />
      <ul className="stack-legend" aria-live="off">
        {shown.map((one) => (
          <li key={one.name}>
            <i aria-hidden style={{ background: one.colour }} />
            <span>{one.name}</span>
            {at !== null && <b className="number">{one.values[at] == null ? "–" : say(one.values[at])}</b>}
          </li>
        ))}
        <li className="number area-when">{at !== null && f.instant((times[at] ?? 0) * 1000)}</li>
      </ul>
    </div>
  );
}
