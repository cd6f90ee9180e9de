import { useCallback, useEffect, useRef, useState, type RefObject } from "react";

export interface Size {
  width: number;
  height: number;
}
export type Draw = (context: CanvasRenderingContext2D, size: Size) => void;

/**
 * A canvas as large as its host, sharp on every screen, drawn at most once a frame. `redraw()` asks for a frame; `draw` may be
 * another function at each rendering. How long the newest drawing took is the browser's user timing `draw NAME`.
 */
export function useCanvas(name: string, draw: Draw): { host: RefObject<HTMLDivElement | null>; canvas: RefObject<HTMLCanvasElement | null>; size: Size; redraw: () => void } {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const newest = useRef(draw);
  newest.current = draw;
  const due = useRef(0);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });

  const redraw = useCallback(() => {
    if (due.current !== 0) return;
    due.current = requestAnimationFrame(() => {
      due.current = 0;
      const element = canvas.current;
      const context = element?.getContext("2d", { alpha: false });
      if (!element || !context || element.width === 0) return;
      const start = performance.now();
      const ratio = devicePixelRatio || 1;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      newest.current(context, { width: element.width / ratio, height: element.height / ratio });
      performance.clearMeasures(`draw ${name}`);
      performance.measure(`draw ${name}`, { start, end: performance.now() });
    });
  }, [name]);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const fit = (): void => {
      const [width, height] = [element.clientWidth, element.clientHeight];
      const ratio = devicePixelRatio || 1;
      if (canvas.current) {
        canvas.current.width = Math.round(width * ratio);
        canvas.current.height = Math.round(height * ratio);
      }
      setSize({ width, height });
      redraw();
    };
    fit();
    const watch = new ResizeObserver(fit);
    watch.observe(element);
    return () => {
      watch.disconnect();
      cancelAnimationFrame(due.current);
      due.current = 0;
    };
  }, [redraw]);
  useEffect(redraw, [draw, redraw]);
  return { host, canvas, size, redraw };
}
