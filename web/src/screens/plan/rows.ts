import type { Schemas } from "../../api/client";

export type Bar = Schemas["PictureBar"];
export type Picture = Schemas["PlanPicture"];
export const modes = ["nodes", "partitions"] as const;
export type Mode = (typeof modes)[number];

/** A bar in a row: the same job has one in each of its nodes' rows. */
export interface Item {
  bar: number;
  start: number;
  /** Infinity: nobody knows. */
  end: number;
  lane: number;
}
export interface Window {
  window: number;
  start: number;
  end: number;
}
export interface Row {
  name: string;
  group: string;
  items: Item[];
  windows: Window[];
  lanes: number;
  /** Pixels from the top, and how high. */
  top: number;
  height: number;
}

const at = (instant: string): number => new Date(instant).getTime();
export const endOf = (bar: Bar): number => (bar.end ? at(bar.end) : Infinity);

/** Puts bars that overlap into lanes: each into the first one that is free by then. */
function laned(items: Item[]): number {
  items.sort((a, b) => a.start - b.start);
  const free: number[] = [];
  for (const item of items) {
    let lane = free.findIndex((until) => until <= item.start);
    if (lane < 0) lane = free.length;
    free[lane] = item.end;
    item.lane = lane;
  }
  return Math.max(1, free.length);
}

/**
 * Rows of the chart. By nodes: one for each, and one for each partition that has promises to no named nodes yet. By
 * partitions: one for each, with as many lanes as it has bars at once.
 */
export function rowsOf(picture: Picture, mode: Mode, nodes: readonly { name: string; partition: string }[]): Row[] {
  const rows = new Map<string, Row>();
  const row = (key: string, name: string, group: string): Row => {
    let made = rows.get(key);
    if (!made) rows.set(key, (made = { name, group, items: [], windows: [], lanes: 1, top: 0, height: 0 }));
    return made;
  };
  const partitionOf = new Map(nodes.map((node) => [node.name, node.partition]));
  // What waits for no named nodes stands above the nodes of its partition.
  const unnamed = new Set(picture.bars.filter((bar) => bar.nodes.length === 0).map((bar) => bar.partition));
  let before = "";
  for (const node of nodes) {
    if (node.partition !== before && mode === "nodes" && unnamed.has(node.partition)) row(`p ${node.partition}`, node.partition, node.partition);
    before = node.partition;
    if (mode === "nodes") row(`n ${node.name}`, node.name, node.partition);
    else row(`p ${node.partition}`, node.partition, node.partition);
  }
  picture.bars.forEach((bar, i) => {
    const item = (): Item => ({ bar: i, start: at(bar.start), end: Math.max(at(bar.start) + 1, endOf(bar)), lane: 0 });
    if (mode === "partitions" || bar.nodes.length === 0) row(`p ${bar.partition}`, bar.partition, bar.partition).items.push(item());
    else for (const name of bar.nodes) row(`n ${name}`, name, partitionOf.get(name) ?? bar.partition).items.push(item());
  });
  picture.windows.forEach((window, i) => {
    const made: Window = { window: i, start: at(window.start), end: at(window.end) };
    if (mode === "nodes") for (const name of window.nodes) rows.get(`n ${name}`)?.windows.push(made);
    else rows.get(`p ${window.partition}`)?.windows.push(made);
  });
  const out = [...rows.values()];
  for (const each of out) each.lanes = laned(each.items);
  return out;
}

/** Heights for so many rows: readable while they are few, thin when they are many. Returns the height of all. */
export function measured(rows: Row[], mode: Mode): number {
  const lane = mode === "partitions" ? 14 : rows.length <= 60 ? 18 : 13;
  let top = 0;
  for (const row of rows) {
    row.top = top;
    // Small jobs that share a node share its row.
    row.height = mode === "partitions" ? row.lanes * lane + 10 : Math.max(lane, Math.min(row.lanes * (rows.length <= 60 ? 13 : 6), 160)) + 1;
    top += row.height;
  }
  return top;
}

/** The first row that reaches below `y`. */
export function rowAt(rows: readonly Row[], y: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.top + rows[middle]!.height > y) high = middle;
    else low = middle + 1;
  }
  return low;
}
