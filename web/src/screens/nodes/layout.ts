/**
 * Where everything stands on the map: nodes in blocks of their leaf switch, blocks in groups of the switch above. All in
 * units of one card's side; the map scales them to its size. Nothing here knows of canvases.
 */
export interface Placeable {
  name: string;
  partition: string;
  switch_name: string;
  cards: number;
}
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Group extends Box {
  name: string;
}
export interface Block extends Box {
  name: string;
}
export interface NodeBox extends Box {
  /** Of the list of nodes that was placed. */
  index: number;
  /** Cards stand in rows of so many. */
  columns: number;
}
export interface Layout {
  width: number;
  height: number;
  titles: { block: number; group: number };
  groups: Group[];
  blocks: Block[];
  nodes: NodeBox[];
}

const gap = 0.6;
const pad = 0.8;
/** Room for names, in units: at most so much, and less where a unit is large. */
interface Titles {
  block: number;
  group: number;
}
const titlesMost: Titles = { block: 2.8, group: 4.2 };
/** Pixels that a name needs, and those that a card has at most while the whole is in sight. */
const titlePixels: Titles = { block: 20, group: 28 };
export const cardPixelsMost = 26;
const least = { width: 4, height: 2 };

const columnsOf = (cards: number): number => (cards <= 2 ? Math.max(1, cards) : cards <= 4 ? 2 : cards <= 8 ? 4 : 8);

interface Made {
  name: string;
  members: number[];
  cell: { width: number; height: number };
  columns: number;
  width: number;
  height: number;
}

/** A block as square as its cells allow. */
function block(name: string, members: number[], nodes: readonly Placeable[], titles: Titles): Made {
  const cell = { ...least };
  for (const member of members) {
    const columns = columnsOf(nodes[member]!.cards);
    cell.width = Math.max(cell.width, columns);
    cell.height = Math.max(cell.height, Math.ceil(nodes[member]!.cards / columns));
  }
  const [width, height] = [cell.width + gap, cell.height + gap];
  const columns = Math.max(1, Math.min(members.length, Math.round(Math.sqrt((members.length * height) / width))));
  const rows = Math.ceil(members.length / columns);
  return { name, members, cell, columns, width: columns * width - gap + 2 * pad, height: rows * height - gap + 2 * pad + titles.block };
}

function grouped(nodes: readonly Placeable[], above: ReadonlyMap<string, string>, titles: Titles): { name: string; blocks: Made[] }[] {
  const groups = new Map<string, Map<string, number[]>>();
  nodes.forEach((node, index) => {
    const leaf = node.switch_name;
    // Without a switch above it, or any, a partition is what holds nodes together.
    const name = (leaf && above.get(leaf)) || node.partition;
    const blocks = groups.get(name) ?? new Map<string, number[]>();
    groups.set(name, blocks);
    const key = leaf || node.partition;
    blocks.set(key, [...(blocks.get(key) ?? []), index]);
  });
  return [...groups].map(([name, blocks]) => ({ name, blocks: [...blocks].map(([leaf, members]) => block(leaf === name ? "" : leaf, members, nodes, titles)) }));
}

/** How groups and blocks flow: lines of blocks up to `inner` wide within a group, lines of groups up to `width`. */
interface Flow {
  width: number;
  inner: number;
}

function flowed(groups: { name: string; blocks: Made[] }[], { width, inner }: Flow, titles: Titles): { layout: Layout; blocks: Made[] } {
  const blocks: Made[] = [];
  const out: Layout = { width, height: 0, titles, groups: [], blocks: [], nodes: [] };
  let [left, top, tallest] = [0, 0, 0];
  for (const group of groups) {
    // A group of its own flow; small ones stand beside one another.
    let [x, y, line, right] = [0, 0, 0, 0];
    const places = group.blocks.map((each) => {
      if (x > 0 && x + each.width > inner) [x, y, line] = [0, y + line + gap, 0];
      const place = { x, y };
      x += each.width + gap;
      right = Math.max(right, x - gap);
      line = Math.max(line, each.height);
      return place;
    });
    const height = y + line + titles.group;
    if (left > 0 && left + right > width) [left, top, tallest] = [0, top + tallest + 1.5, 0];
    out.groups.push({ name: group.name, x: left, y: top, width: right, height });
    group.blocks.forEach((each, i) => {
      blocks.push(each);
      out.blocks.push({ name: each.name, x: left + places[i]!.x, y: top + titles.group + places[i]!.y, width: each.width, height: each.height });
    });
    left += right + 3;
    tallest = Math.max(tallest, height);
  }
  out.height = top + tallest;
  out.width = Math.max(1, ...out.groups.map((group) => group.x + group.width));
  return { layout: out, blocks };
}

/** Puts the nodes into the blocks of a flow. */
function filled({ layout, blocks }: ReturnType<typeof flowed>, nodes: readonly Placeable[]): Layout {
  layout.blocks.forEach((box, i) => {
    const { members, columns, cell } = blocks[i]!;
    members.forEach((index, n) => {
      layout.nodes.push({
        index, columns: columnsOf(nodes[index]!.cards),
        x: box.x + pad + (n % columns) * (cell.width + gap), y: box.y + pad + layout.titles.block + Math.floor(n / columns) * (cell.height + gap),
        width: cell.width, height: cell.height,
      });
    });
  });
  return layout;
}

function fitted(nodes: readonly Placeable[], above: ReadonlyMap<string, string>, width: number, height: number, titles: Titles): { layout: Layout; scale: number } {
  const groups = grouped(nodes, above, titles);
  const widest = Math.max(1, ...groups.flatMap((group) => group.blocks.map((each) => each.width)));
  let best = flowed(groups, { width: widest, inner: widest }, titles);
  let bestScale = 0;
  for (let tried = widest; tried < widest * 80; tried *= 1.07)
    for (const beside of [1, 2, 3, 4]) {
      const inner = tried / beside;
      if (beside > 1 && inner < widest) break;
      const flow = flowed(groups, { width: tried, inner }, titles);
      const scale = Math.min(width / flow.layout.width, height / Math.max(1, flow.layout.height));
      if (scale > bestScale) [best, bestScale] = [flow, scale];
    }
  return { layout: filled(best, nodes), scale: Math.min(bestScale, cardPixelsMost) };
}

/** The layout that shows everything largest in a picture of this shape. `above`: of a switch, the one above it. */
export function layoutOf(nodes: readonly Placeable[], above: ReadonlyMap<string, string>, width: number, height: number): Layout {
  const { layout, scale } = fitted(nodes, above, width, height, titlesMost);
  const titles: Titles = { block: Math.min(titlesMost.block, titlePixels.block / scale), group: Math.min(titlesMost.group, titlePixels.group / scale) };
  return titles.block === titlesMost.block ? layout : fitted(nodes, above, width, height, titles).layout;
}

/** The node nearest in a direction, for the arrow keys; the same one when there is none. */
export function neighbour(layout: Layout, from: number, dx: number, dy: number): number {
  const here = layout.nodes[from];
  if (!here) return 0;
  let [best, bestAway] = [from, Infinity];
  layout.nodes.forEach((node, i) => {
    const along = dx * (node.x - here.x) + dy * (node.y - here.y);
    if (i === from || along <= 0.01) return;
    const aside = Math.abs(dx * (node.y - here.y) + dy * (node.x - here.x));
    const away = along + 4 * aside;
    if (away < bestAway) [best, bestAway] = [i, away];
  });
  return best;
}

export interface Hit {
  /** Of layout.nodes. */
  place: number;
  /** Of the node's cards; -1: none there. */
  card: number;
}
export function hit(layout: Layout, x: number, y: number, cardsOf: (index: number) => number): Hit | null {
  const place = layout.nodes.findIndex((node) => x >= node.x && x < node.x + node.width && y >= node.y && y < node.y + node.height);
  const node = layout.nodes[place];
  if (!node) return null;
  const [column, row] = [Math.floor(x - node.x), Math.floor(y - node.y)];
  const card = row * node.columns + column;
  return { place, card: column < node.columns && card < cardsOf(node.index) ? card : -1 };
}
