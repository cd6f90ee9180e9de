import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useNow } from "../../format/clock";
import { useLanguage } from "../../i18n/words";
import { useTheme } from "../../theme";
import { useCanvas } from "../../ui/useCanvas";
import { ZoomButtons } from "../../ui/ZoomButtons";
import { firstSpan, ticksOf, zoomedSpan, type Span } from "./axis";
import { axisHeight, itemBox, paint } from "./paint";
import { endOf, measured, rowAt, rowsOf, type Bar, type Mode, type Picture } from "./rows";

export interface Pointed {
  bar: Bar | null;
  window: Picture["windows"][number] | null;
  row: string;
  at: number;
}

/**
 * Bars over time on a canvas. Drag, or ← and →: another time; wheel: other rows; wheel with Ctrl, or + and −: closer and
 * farther; ↑ and ↓: from bar to bar; Enter, or a click: to the job.
 */
export function Gantt({ picture, mode, nodes, colourOf, say, onOpen, label }: {
  picture: Picture; mode: Mode; nodes: readonly { name: string; partition: string }[]; colourOf: (bar: Bar) => string;
  say: (pointed: Pointed) => ReactNode; onOpen: (bar: Bar) => void; label: string;
}): ReactNode {
  const { palette } = useTheme();
  const language = useLanguage();
  const now = useNow();
  const rows = useMemo(() => rowsOf(picture, mode, nodes), [picture, mode, nodes]);
  const whole = useMemo(() => measured(rows, mode), [rows, mode]);
  const names = useMemo(() => Math.min(150, 28 + 6.6 * Math.max(4, ...rows.map((row) => row.name.length))), [rows]);
  const first = useCallback(() => firstSpan(Date.now(), picture.bars.map((bar) => ({ start: new Date(bar.start).getTime(), end: endOf(bar) }))), [picture]);
  const span = useRef<Span | null>(null);
  const top = useRef(0);
  const [selectedJob, select] = useState<string | null>(null);
  const [over, setOver] = useState<{ pointed: Pointed; x: number; y: number } | null>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const font = useMemo(() => getComputedStyle(document.documentElement).getPropertyValue("--font"), []);
  const selected = selectedJob === null ? -1 : picture.bars.findIndex((bar) => `${bar.state === "promised"} ${bar.job}` === selectedJob);
  const scene = useRef<((context: CanvasRenderingContext2D, size: { width: number; height: number }) => void) | null>(null);
  const { host, canvas, size, redraw } = useCanvas("plan", (context, area) => scene.current?.(context, area));

  const keepTop = useCallback((wanted: number) => {
    top.current = Math.max(0, Math.min(wanted, whole + axisHeight - size.height + 8));
  }, [whole, size.height]);
  scene.current = (context, area) => {
    span.current ??= first();
    keepTop(top.current);
    paint(context, area, {
      rows, picture, span: span.current, top: top.current, names, now, palette, font, colourOf, selected,
      ticks: ticksOf(span.current.from, span.current.to, area.width - names, language),
    });
  };
  useEffect(redraw);

  const timeAt = (x: number): number => {
    const seen = span.current ?? first();
    return seen.from + ((x - names) / Math.max(1, size.width - names)) * (seen.to - seen.from);
  };
  const zoom = (factor: number, around?: number): void => {
    const seen = span.current ?? first();
    span.current = zoomedSpan(seen, factor, around ?? (now > seen.from && now < seen.to ? now : (seen.from + seen.to) / 2));
    redraw();
  };
  const shift = (part: number): void => {
    const seen = span.current ?? first();
    const by = (seen.to - seen.from) * part;
    span.current = { from: seen.from + by, to: seen.to + by };
    redraw();
  };
  const all = (): void => {
    span.current = null;
    top.current = 0;
    redraw();
  };
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const by = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
      if (event.ctrlKey || event.metaKey) zoom(Math.exp(-by * 0.002), timeAt(event.clientX - box.left));
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) shift((event.deltaX || by) / Math.max(1, size.width));
      else {
        keepTop(top.current + by);
        redraw();
      }
      setOver(null);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });

  const pointedAt = (event: { clientX: number; clientY: number }): { pointed: Pointed | null; x: number; y: number } => {
    const box = host.current!.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const inside = y - axisHeight + top.current;
    const row = y > axisHeight ? rows[rowAt(rows, inside)] : undefined;
    if (!row || x < names) return { pointed: null, x, y };
    const at = timeAt(x);
    // Bars that last shorter than a pixel can be met as well.
    const slack = ((span.current!.to - span.current!.from) / Math.max(1, size.width - names)) * 2;
    const item = row.items.find((each) => {
      const place = itemBox(row, each);
      return at >= each.start - slack && at <= each.end + slack && inside >= place.y && inside <= place.y + place.height + 1;
    });
    const window = row.windows.find((each) => at >= each.start && at <= each.end);
    return { pointed: { bar: item ? picture.bars[item.bar]! : null, window: window ? picture.windows[window.window]! : null, row: row.name, at }, x, y };
  };
  const onPointerMove = (event: PointerEvent): void => {
    const start = drag.current;
    if (start) {
      const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
      if (!start.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
      drag.current = { x: event.clientX, y: event.clientY, moved: true };
      keepTop(top.current - dy);
      shift(-dx / Math.max(1, size.width - names));
      setOver(null);
      return;
    }
    const here = pointedAt(event);
    setOver(here.pointed && (here.pointed.bar || here.pointed.window) ? { pointed: here.pointed, x: here.x, y: here.y } : null);
  };
  const go = (step: number): void => {
    const count = picture.bars.length;
    if (count === 0) return;
    const next = selected < 0 ? 0 : Math.max(0, Math.min(count - 1, selected + step));
    const bar = picture.bars[next]!;
    select(`${bar.state === "promised"} ${bar.job}`);
    const row = rows.find((each) => each.items.some((item) => item.bar === next));
    if (row && (row.top < top.current || row.top + row.height > top.current + size.height - axisHeight)) keepTop(row.top - size.height / 3);
    const seen = span.current ?? first();
    const start = new Date(bar.start).getTime();
    if (endOf(bar) < seen.from || start > seen.to) span.current = { from: start - (seen.to - seen.from) * 0.3, to: start + (seen.to - seen.from) * 0.7 };
    redraw();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const bar = picture.bars[selected];
    if (event.key === "ArrowLeft") shift(-0.1);
    else if (event.key === "ArrowRight") shift(0.1);
    else if (event.key === "ArrowDown") go(1);
    else if (event.key === "ArrowUp") go(-1);
    else if (event.key === "Enter" && bar && bar.job !== "0") onOpen(bar);
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0" || event.key === "Home") all();
    else if (event.key === "PageDown" || event.key === "PageUp") {
      keepTop(top.current + (event.key === "PageDown" ? 0.8 : -0.8) * size.height);
      redraw();
    } else return;
    event.preventDefault();
  };
  const chosen = picture.bars[selected];
  return (
    <div ref={host} className="canvas-host plan-host" onPointerLeave={() => setOver(null)}>
      <canvas ref={canvas} tabIndex={0} role="application" aria-label={label} aria-roledescription={label} style={{ cursor: over?.pointed.bar ? "pointer" : "grab" }} onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
        }}
        onPointerMove={onPointerMove}
        onPointerUp={(event) => {
          const moved = drag.current?.moved;
          drag.current = null;
          const bar = moved ? null : pointedAt(event).pointed?.bar;
          if (bar && bar.job !== "0") onOpen(bar);
        }} />
      <div className="map-zoom"><ZoomButtons onZoom={(factor) => zoom(factor)} onWhole={all} /></div>
      {over && (
        <div className="canvas-tip" style={{ left: Math.min(over.x + 14, Math.max(0, size.width - 320)), top: over.y < size.height / 2 ? over.y + 16 : undefined, bottom: over.y < size.height / 2 ? undefined : size.height - over.y + 12 }}>
          {say(over.pointed)}
        </div>
      )}
      <div className="visually-hidden" role="status">{chosen && say({ bar: chosen, window: null, row: "", at: 0 })}</div>
    </div>
  );
}
