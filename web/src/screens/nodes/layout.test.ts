import { expect, test } from "vitest";
import { hit, layoutOf, neighbour, type Placeable } from "./layout";

const centre = (nodes: number, cards: number): Placeable[] => Array.from({ length: nodes }, (_, i) => ({
  name: `n${i}`, partition: i < nodes / 2 ? "ai" : "cpu", switch_name: `leaf${Math.floor(i / 32)}`, cards: i < nodes / 2 ? cards : 0,
}));
const above = new Map(Array.from({ length: 100 }, (_, i) => [`leaf${i}`, `row${Math.floor(i / 8)}`]));

test("every node stands once, within its block, and none on another", () => {
  const nodes = centre(300, 8);
  const layout = layoutOf(nodes, above, 1200, 700);
  expect(layout.nodes.map((node) => node.index).sort((a, b) => a - b)).toEqual(nodes.map((_, i) => i));
  for (const [i, one] of layout.nodes.entries()) {
    expect(layout.blocks.some((box) => one.x >= box.x && one.y >= box.y && one.x + one.width <= box.x + box.width && one.y + one.height <= box.y + box.height)).toBe(true);
    for (const other of layout.nodes.slice(i + 1))
      expect(one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y).toBe(true);
  }
  for (const [i, one] of layout.groups.entries())
    for (const other of layout.groups.slice(i + 1))
      expect(one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y).toBe(true);
});

test("it takes the shape of its picture", () => {
  const nodes = centre(1250, 8);
  const wide = layoutOf(nodes, above, 1600, 400);
  const high = layoutOf(nodes, above, 400, 1600);
  expect(wide.width / wide.height).toBeGreaterThan(2);
  expect(high.width / high.height).toBeLessThan(0.5);
});

test("a point is a card of a node, or none", () => {
  const nodes = centre(2, 8);
  const layout = layoutOf(nodes, new Map(), 100, 100);
  const cards = (index: number): number => nodes[index]!.cards;
  const first = layout.nodes.findIndex((node) => node.index === 0);
  const box = layout.nodes[first]!;
  expect(hit(layout, box.x + 1.5, box.y + 1.5, cards)).toEqual({ place: first, card: 5 });
  expect(hit(layout, box.x - 0.1, box.y, cards)).toBeNull();
  const second = layout.nodes.findIndex((node) => node.index === 1);
  expect(hit(layout, layout.nodes[second]!.x + 1, layout.nodes[second]!.y + 1, cards)).toEqual({ place: second, card: -1 });
});

test("arrow keys go to the next node and stop at the edge", () => {
  const layout = layoutOf(centre(64, 8), above, 800, 600);
  const right = neighbour(layout, 0, 1, 0);
  expect(layout.nodes[right]!.x).toBeGreaterThan(layout.nodes[0]!.x);
  expect(layout.nodes[right]!.y).toBe(layout.nodes[0]!.y);
  expect(neighbour(layout, 0, -1, 0)).toBe(0);
});

test("two thousand nodes are placed while nobody waits", () => {
  const nodes = centre(2_000, 8);
  const begin = performance.now();
  layoutOf(nodes, above, 1200, 700);
  expect(performance.now() - begin).toBeLessThan(500);
});
