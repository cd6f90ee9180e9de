import { cardPixelsMost, type Layout } from "./layout";

/** What part of the map is in sight: `scale` pixels a unit, the map's origin at (x, y). */
export interface View {
  scale: number;
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}
const margin = 8;
const closest = 90;

export function wholeView(layout: Layout, size: Size): View {
  const scale = Math.min(cardPixelsMost, (size.width - 2 * margin) / layout.width, (size.height - 2 * margin) / layout.height);
  return { scale, x: margin, y: margin };
}

/** Never farther than the whole, and never with the map out of sight. */
export function within(view: View, layout: Layout, size: Size): View {
  const whole = wholeView(layout, size);
  if (view.scale <= whole.scale) return whole;
  const scale = Math.min(closest, view.scale);
  const bound = (at: number, length: number, room: number): number =>
    length <= room - 2 * margin ? margin : Math.min(margin, Math.max(room - length - margin, at));
  return { scale, x: bound(view.x, layout.width * scale, size.width), y: bound(view.y, layout.height * scale, size.height) };
}

/** Closer or farther, while the point (px, py) stays where it is. */
export function zoomed(view: View, factor: number, px: number, py: number, layout: Layout, size: Size): View {
  const whole = wholeView(layout, size);
  const scale = Math.max(whole.scale, Math.min(closest, view.scale * factor));
  const by = scale / view.scale;
  return within({ scale, x: px - (px - view.x) * by, y: py - (py - view.y) * by }, layout, size);
}

/** So near that cards can be told apart and named, with the box in the middle. */
export function closeUp(box: { x: number; y: number; width: number; height: number }, layout: Layout, size: Size): View {
  const scale = Math.min(closest, size.width / (box.width * 3), size.height / (box.height * 3));
  return within({ scale, x: size.width / 2 - (box.x + box.width / 2) * scale, y: size.height / 2 - (box.y + box.height / 2) * scale }, layout, size);
}
