import type { Palette } from "../../theme/palette";
import type { Layout, NodeBox } from "./layout";
import type { View } from "./view";

/** Rectangles of one colour, as x, y, width, height after one another: a canvas is quick when its colour seldom changes. */
export interface Batch {
  colour: string;
  key: string;
  boxes: number[];
}
/** What a node shows: a colour for each card, or how much of its cores has which colour. */
export interface Painted {
  cards: string[];
  cores: [key: string, part: number][];
  /** A frame around a node that is not in service. */
  frame: string | null;
  title: string;
  labels: string[];
}

const cardGap = 0.12;

export function batchesOf(layout: Layout, painted: readonly Painted[], colourOf: (key: string) => string): Batch[] {
  const batches = new Map<string, Batch>();
  const put = (key: string, x: number, y: number, width: number, height: number): void => {
    let batch = batches.get(key);
    if (!batch) batches.set(key, (batch = { key, colour: colourOf(key), boxes: [] }));
    batch.boxes.push(x, y, width, height);
  };
  for (const node of layout.nodes) {
    const look = painted[node.index]!;
    look.cards.forEach((key, i) => put(key, node.x + (i % node.columns) + cardGap / 2, node.y + Math.floor(i / node.columns) + cardGap / 2, 1 - cardGap, 1 - cardGap));
    let x = node.x;
    for (const [key, part] of look.cores) {
      put(key, x, node.y + 0.15, node.width * part, node.height - 0.3);
      x += node.width * part;
    }
  }
  return [...batches.values()];
}

export interface Scene {
  layout: Layout;
  view: View;
  painted: readonly Painted[];
  batches: readonly Batch[];
  palette: Palette;
  fonts: { plain: string; mono: string };
  /** Only this key in full colour. */
  only: string | null;
  selected: number;
  card: number;
}

/** Draws the whole map. */
export function paint(context: CanvasRenderingContext2D, size: { width: number; height: number }, scene: Scene): void {
  const { layout, view, palette } = scene;
  const { scale } = view;
  const sx = (x: number): number => view.x + x * scale;
  const sy = (y: number): number => view.y + y * scale;
  const inSight = (box: { x: number; y: number; width: number; height: number }): boolean =>
    sx(box.x + box.width) > 0 && sx(box.x) < size.width && sy(box.y + box.height) > 0 && sy(box.y) < size.height;

  context.fillStyle = palette.surface;
  context.fillRect(0, 0, size.width, size.height);
  context.fillStyle = palette.ground;
  for (const block of layout.blocks) context.fillRect(sx(block.x), sy(block.y), block.width * scale, block.height * scale);
  // Where nothing is drawn a node is still there.
  context.fillStyle = palette.line;
  for (const node of layout.nodes) if (inSight(node)) context.fillRect(sx(node.x), sy(node.y), node.width * scale, node.height * scale);

  const least = 1 / (devicePixelRatio || 1);
  for (const batch of scene.batches) {
    context.globalAlpha = scene.only === null || scene.only === batch.key ? 1 : 0.14;
    context.fillStyle = batch.colour;
    const boxes = batch.boxes;
    for (let i = 0; i < boxes.length; i += 4) {
      const [x, y] = [sx(boxes[i]!), sy(boxes[i + 1]!)];
      const [width, height] = [boxes[i + 2]! * scale, boxes[i + 3]! * scale];
      if (x + width < 0 || y + height < 0 || x > size.width || y > size.height) continue;
      context.fillRect(x, y, Math.max(least, width), Math.max(least, height));
    }
  }
  context.globalAlpha = 1;

  // Frames say what is out of service, also without colour.
  for (const node of layout.nodes) {
    const frame = scene.painted[node.index]!.frame;
    if (!frame || !inSight(node)) continue;
    context.strokeStyle = frame;
    context.lineWidth = scale > 12 ? 2 : 1;
    const [x, y, width, height] = [sx(node.x), sy(node.y), node.width * scale, node.height * scale];
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    context.beginPath();
    context.moveTo(x, y + height);
    context.lineTo(x + width, y);
    context.stroke();
  }
  titles(context, scene, inSight, sx, sy);
  const chosen = layout.nodes[scene.selected];
  if (chosen) outline(context, chosen, scene, sx, sy);
}

function titles(context: CanvasRenderingContext2D, scene: Scene, inSight: (box: NodeBox) => boolean, sx: (x: number) => number, sy: (y: number) => number): void {
  const { layout, view: { scale }, palette, fonts } = scene;
  context.textBaseline = "middle";
  const text = (said: string, x: number, y: number, room: number): void => {
    let shown = said;
    // A name that does not fit keeps its end: what tells rack07 from rack08.
    while (shown.length > 2 && context.measureText(shown).width > room) shown = `…${shown.slice(shown[0] === "…" ? 2 : 1)}`;
    if (shown.length > 2 || shown === said) context.fillText(shown, x, y);
  };
  context.fillStyle = palette.text;
  const high = { block: layout.titles.block * scale, group: layout.titles.group * scale };
  context.font = `600 ${Math.max(10, Math.min(13, 0.7 * high.group))}px ${fonts.plain}`;
  for (const group of layout.groups) text(group.name, sx(group.x), sy(group.y) + high.group / 2, group.width * scale);
  context.fillStyle = palette.muted;
  if (high.block >= 9) {
    context.font = `${Math.max(9, Math.min(12, 0.8 * high.block))}px ${fonts.plain}`;
    for (const block of layout.blocks) if (block.name) text(block.name, sx(block.x + 0.8), sy(block.y + 0.4) + high.block / 2, (block.width - 1.6) * scale);
  }
  if (scale < 22) return;
  context.font = `10px ${fonts.mono}`;
  context.textAlign = "center";
  for (const node of layout.nodes) {
    if (!inSight(node)) continue;
    const look = scene.painted[node.index]!;
    context.fillStyle = "#ffffff";
    look.labels.forEach((label, i) => {
      if (!label) return;
      const [x, y] = [sx(node.x + (i % node.columns) + 0.5), sy(node.y + Math.floor(i / node.columns) + 0.5)];
      const width = context.measureText(label).width + 6;
      if (width > 0.9 * scale) return;
      context.fillStyle = "rgb(0 0 0 / 55%)";
      context.fillRect(x - width / 2, y - 7, width, 14);
      context.fillStyle = "#ffffff";
      context.fillText(label, x, y + 0.5);
    });
    if (look.cards.length > 0) continue;
    context.fillStyle = "rgb(0 0 0 / 55%)";
    const width = Math.min(context.measureText(look.title).width + 8, node.width * scale - 2);
    const [x, y] = [sx(node.x + node.width / 2), sy(node.y + node.height / 2)];
    context.fillRect(x - width / 2, y - 8, width, 16);
    context.fillStyle = "#ffffff";
    context.fillText(look.title, x, y + 0.5, width - 4);
  }
  context.textAlign = "left";
}

function outline(context: CanvasRenderingContext2D, node: NodeBox, scene: Scene, sx: (x: number) => number, sy: (y: number) => number): void {
  const { scale } = scene.view;
  context.strokeStyle = scene.palette.text;
  context.lineWidth = 2;
  context.strokeRect(sx(node.x) - 2, sy(node.y) - 2, node.width * scale + 4, node.height * scale + 4);
  if (scene.card < 0) return;
  context.strokeRect(sx(node.x + (scene.card % node.columns)), sy(node.y + Math.floor(scene.card / node.columns)), scale, scale);
}
