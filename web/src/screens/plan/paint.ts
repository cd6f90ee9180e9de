import type { Palette } from "../../theme/palette";
import type { Span, Tick } from "./axis";
import { rowAt, type Bar, type Item, type Picture, type Row } from "./rows";

export const axisHeight = 26;

export interface Scene {
  rows: readonly Row[];
  picture: Picture;
  span: Span;
  top: number;
  names: number;
  now: number;
  ticks: readonly Tick[];
  palette: Palette;
  font: string;
  colourOf: (bar: Bar) => string;
  /** Place in the list of bars; -1: none. */
  selected: number;
}

interface Frame {
  x: (at: number) => number;
  left: number;
  width: number;
  height: number;
}

/** Lines that lean, as what is only set aside is drawn. */
function hatched(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, apart: number): void {
  context.beginPath();
  for (let at = x - height + (apart - ((x - height) % apart)); at < x + width; at += apart) {
    const [from, to] = [Math.max(x, at), Math.min(x + width, at + height)];
    if (to <= from) continue;
    context.moveTo(from, y + height - (from - at));
    context.lineTo(to, y + height - (to - at));
  }
  context.stroke();
}

export function itemBox(row: Row, item: Item): { y: number; height: number } {
  const lane = (row.height - 2) / row.lanes;
  return { y: row.top + 1 + item.lane * lane, height: Math.max(1, lane - (lane > 5 ? 1 : 0)) };
}

function drawItem(context: CanvasRenderingContext2D, scene: Scene, frame: Frame, row: Row, item: Item): void {
  const bar = scene.picture.bars[item.bar]!;
  const [from, to] = [Math.max(frame.left, frame.x(item.start)), Math.min(frame.width, frame.x(item.end))];
  if (to < frame.left || from > frame.width) return;
  const box = itemBox(row, item);
  const y = box.y - scene.top + axisHeight;
  const width = Math.max(1, to - from);
  const colour = scene.colourOf(bar);
  const runs = bar.state !== "promised";
  context.fillStyle = colour;
  if (runs) {
    // What was is solid; what comes, up to the limit, may be less.
    const now = Math.max(from, Math.min(to, frame.x(scene.now)));
    context.fillRect(from, y, Math.max(1, now - from), box.height);
    context.globalAlpha = 0.5;
    context.fillRect(now, y, Math.max(0, to - now), box.height);
  } else {
    context.globalAlpha = 0.28;
    context.fillRect(from, y, width, box.height);
    context.globalAlpha = 1;
    if (box.height >= 4 && width > 2) {
      context.strokeStyle = colour;
      context.lineWidth = 1;
      if (bar.is_backfill) context.setLineDash([3, 2]);
      context.strokeRect(from + 0.5, y + 0.5, width - 1, box.height - 1);
      if (bar.is_backfill) context.setLineDash([]);
    }
  }
  context.globalAlpha = 1;
  if (item.bar === scene.selected) {
    context.strokeStyle = scene.palette.text;
    context.lineWidth = 2;
    context.strokeRect(from, y, width, box.height);
  }
  if (box.height < 11 || width < 34) return;
  const name = bar.name || bar.state;
  // Beside the line of now, not under it.
  const now = frame.x(scene.now);
  const at = now > from - 2 && now - from < 60 && to - now > 40 ? now + 5 : from + 5;
  context.save();
  context.beginPath();
  context.rect(from, y, width - 3, box.height);
  context.clip();
  // Read on every colour: the letters have an edge of the ground's.
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.globalAlpha = 0.75;
  context.strokeStyle = scene.palette.surface;
  context.strokeText(name, at, y + box.height / 2 + 0.5);
  context.globalAlpha = 1;
  context.fillStyle = scene.palette.text;
  context.fillText(name, at, y + box.height / 2 + 0.5);
  context.restore();
}

/** Draws the whole chart: windows, bars, the line of now, names, and the axis. */
export function paint(context: CanvasRenderingContext2D, size: { width: number; height: number }, scene: Scene): void {
  const { palette, span, rows, names } = scene;
  const frame: Frame = {
    left: names, width: size.width, height: size.height,
    x: (at) => (at === Infinity ? size.width + 10 : names + ((at - span.from) / (span.to - span.from)) * (size.width - names)),
  };
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, size.width, size.height);
  context.font = `11px ${scene.font}`;
  context.textBaseline = "middle";
  context.lineWidth = 1;
  context.strokeStyle = palette.line;
  context.beginPath();
  for (const tick of scene.ticks) {
    const x = Math.round(frame.x(tick.at)) + 0.5;
    context.moveTo(x, axisHeight);
    context.lineTo(x, size.height);
  }
  context.stroke();

  const first = rowAt(rows, scene.top);
  let last = first;
  for (; last < rows.length && rows[last]!.top - scene.top + axisHeight < size.height; ++last) {
    const row = rows[last]!;
    const y = row.top - scene.top + axisHeight;
    if (row.name === row.group || rows.length < 80) {
      context.fillStyle = palette.line;
      context.fillRect(0, y + row.height - 1, size.width, 1);
    }
    for (const window of row.windows) {
      const [from, to] = [Math.max(frame.left, frame.x(window.start)), Math.min(frame.width, frame.x(window.end))];
      if (to <= from) continue;
      context.strokeStyle = scene.picture.windows[window.window]!.kind === "maintenance" ? palette.classes.maintenance : palette.classes.promised;
      context.globalAlpha = 0.6;
      hatched(context, from, y, to - from, row.height - 1, 7);
      context.globalAlpha = 1;
    }
    for (const item of row.items) drawItem(context, scene, frame, row, item);
  }

  // Now, over all of it.
  const now = Math.round(frame.x(scene.now)) + 0.5;
  if (now > names) {
    context.strokeStyle = palette.bad;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(now, axisHeight - 6);
    context.lineTo(now, size.height);
    context.stroke();
  }
  drawNames(context, scene, size, first, last);
  drawAxis(context, scene, size, frame, now);
}

function drawNames(context: CanvasRenderingContext2D, scene: Scene, size: { width: number; height: number }, first: number, last: number): void {
  const { palette, names, rows } = scene;
  context.fillStyle = palette.surface;
  context.fillRect(0, axisHeight, names, size.height);
  context.fillStyle = palette.lineStrong;
  context.fillRect(names - 1, 0, 1, size.height);
  let below = -Infinity;
  for (let i = first; i < last; ++i) {
    const row = rows[i]!;
    const y = row.top - scene.top + axisHeight + Math.min(row.height, 26) / 2;
    if (y - below < 12) continue;
    below = y;
    const isGroup = row.name === row.group;
    context.font = `${isGroup ? 600 : 400} 11px ${scene.font}`;
    context.fillStyle = isGroup ? palette.text : palette.muted;
    let name = row.name;
    while (name.length > 3 && context.measureText(name).width > names - 20) name = `…${name.slice(2)}`;
    context.fillText(name, 12, y);
  }
}

function drawAxis(context: CanvasRenderingContext2D, scene: Scene, size: { width: number; height: number }, frame: Frame, now: number): void {
  const { palette, names } = scene;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, size.width, axisHeight);
  context.fillStyle = palette.lineStrong;
  context.fillRect(0, axisHeight - 1, size.width, 1);
  context.textAlign = "center";
  for (const tick of scene.ticks) {
    const x = frame.x(tick.at);
    if (x < names + 24 || x > size.width - 24 || Math.abs(x - now) < 30) continue;
    context.font = `${tick.isMain ? 600 : 400} 11px ${scene.font}`;
    context.fillStyle = tick.isMain ? palette.text : palette.muted;
    context.fillText(tick.text, x, axisHeight / 2);
  }
  if (now > names) {
    context.fillStyle = palette.bad;
    context.beginPath();
    context.moveTo(now - 5, axisHeight - 8);
    context.lineTo(now + 5, axisHeight - 8);
    context.lineTo(now, axisHeight - 1);
    context.fill();
  }
  context.textAlign = "left";
}
