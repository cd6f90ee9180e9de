import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useTheme } from "../../theme";
import { useCanvas } from "../../ui/useCanvas";
import { ZoomButtons } from "../../ui/ZoomButtons";
import { hit, neighbour, type Hit, type Layout } from "./layout";
import { batchesOf, paint, type Painted } from "./paint";
import { closeUp, wholeView, within, zoomed, type View } from "./view";

export interface Selection {
  /** Of the nodes. */
  index: number;
  card: number;
}

/**
 * The map on a canvas. Wheel, or + and −: closer and farther; drag: move; click: select; double click, or z: close up;
 * arrows: from node to node; Enter opens it.
 */
export function CardMap({ layout, painted, colourOf, only, selection, onSelect, onOpen, say, label }: {
  layout: (width: number, height: number) => Layout; painted: readonly Painted[]; colourOf: (key: string) => string; only: string | null;
  selection: Selection | null; onSelect: (selection: Selection | null) => void; onOpen: (index: number) => void;
  say: (selection: Selection) => ReactNode; label: string;
}): ReactNode {
  const { palette } = useTheme();
  const view = useRef<View | null>(null);
  const [over, setOver] = useState<{ hit: Hit; x: number; y: number } | null>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const scene = useRef<((context: CanvasRenderingContext2D, size: { width: number; height: number }) => void) | null>(null);
  const { host, canvas, size, redraw } = useCanvas("map", (context, whole) => scene.current?.(context, whole));

  const made = useMemo(() => (size.width > 0 ? layout(size.width, size.height) : null), [layout, size.width, size.height]);
  const batches = useMemo(() => (made ? batchesOf(made, painted, colourOf) : []), [made, painted, colourOf]);
  const fonts = useMemo(() => {
    const style = getComputedStyle(document.documentElement);
    return { plain: style.getPropertyValue("--font"), mono: style.getPropertyValue("--mono") };
  }, []);
  useEffect(() => {
    view.current = null;
  }, [made]);
  const place = made && selection ? made.nodes.findIndex((node) => node.index === selection.index) : -1;
  scene.current = (context, whole) => {
    if (!made) return;
    view.current ??= wholeView(made, whole);
    paint(context, whole, { layout: made, view: view.current, painted, batches, palette, fonts, only, selected: place, card: selection?.card ?? -1 });
  };
  useEffect(redraw);

  const zoom = (factor: number, x = size.width / 2, y = size.height / 2): void => {
    if (!made || !view.current) return;
    view.current = zoomed(view.current, factor, x, y, made, size);
    redraw();
  };
  const whole = (): void => {
    view.current = null;
    redraw();
  };
  const near = (at: number): void => {
    const box = made?.nodes[at];
    if (!made || !box) return;
    view.current = closeUp(box, made, size);
    redraw();
  };
  // React's own wheel listener may not keep the page from scrolling.
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
      setOver(null);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });

  const at = (event: { clientX: number; clientY: number }): { x: number; y: number; hit: Hit | null } => {
    const box = host.current!.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const seen = view.current;
    return { x, y, hit: made && seen ? hit(made, (x - seen.x) / seen.scale, (y - seen.y) / seen.scale, (index) => painted[index]!.cards.length) : null };
  };
  const chosen = (found: Hit): Selection => ({ index: made!.nodes[found.place]!.index, card: found.card });
  const onPointerMove = (event: PointerEvent): void => {
    const start = drag.current;
    if (start && made && view.current) {
      const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
      if (!start.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
      drag.current = { x: event.clientX, y: event.clientY, moved: true };
      view.current = within({ ...view.current, x: view.current.x + dx, y: view.current.y + dy }, made, size);
      setOver(null);
      redraw();
      return;
    }
    const here = at(event);
    setOver(here.hit ? { hit: here.hit, x: here.x, y: here.y } : null);
  };
  const onPointerUp = (event: PointerEvent): void => {
    const moved = drag.current?.moved;
    drag.current = null;
    if (moved) return;
    const here = at(event);
    onSelect(here.hit ? chosen(here.hit) : null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!made || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const arrow = arrows[event.key];
    if (arrow) {
      const next = place < 0 ? 0 : neighbour(made, place, ...arrow);
      onSelect({ index: made.nodes[next]!.index, card: -1 });
      const box = made.nodes[next]!;
      const seen = view.current ?? wholeView(made, size);
      const [x, y] = [seen.x + box.x * seen.scale, seen.y + box.y * seen.scale];
      if (x < 0 || y < 0 || x + box.width * seen.scale > size.width || y + box.height * seen.scale > size.height)
        view.current = within({ ...seen, x: size.width / 2 - box.x * seen.scale, y: size.height / 2 - box.y * seen.scale }, made, size);
    } else if (event.key === "Enter" && selection) onOpen(selection.index);
    else if (event.key === "z" && place >= 0) near(place);
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") whole();
    else if (event.key === "Escape" && selection) onSelect(null);
    else return;
    event.preventDefault();
  };
  return (
    <div className="map">
      <div ref={host} className="canvas-host map-host" onPointerLeave={() => setOver(null)}>
        <canvas ref={canvas} tabIndex={0} role="application" aria-label={label} aria-roledescription={label} onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { x: event.clientX, y: event.clientY, moved: false };
          }}
          onPointerMove={onPointerMove} onPointerUp={onPointerUp}
          onDoubleClick={(event) => {
            const found = at(event).hit;
            if (found) near(found.place);
          }} />
        <div className="map-zoom"><ZoomButtons onZoom={zoom} onWhole={whole} /></div>
        {over && made && (
          <div className="canvas-tip" style={{ left: Math.min(over.x + 14, Math.max(0, size.width - 300)), top: over.y + 14 < size.height - 130 ? over.y + 14 : undefined, bottom: over.y + 14 < size.height - 130 ? undefined : size.height - over.y + 10 }}>
            {say(chosen(over.hit))}
          </div>
        )}
      </div>
      <div className="visually-hidden" role="status">{selection && say(selection)}</div>
    </div>
  );
}
