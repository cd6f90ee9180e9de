import { expect, test } from "vitest";
import { placesOf } from "./coupling";

function grid(rows: number, columns: number): { a: number; b: number }[] {
  const pairs = [];
  for (let r = 0; r < rows; ++r)
    for (let c = 0; c < columns; ++c) {
      if (c + 1 < columns) pairs.push({ a: r * columns + c, b: r * columns + c + 1 });
      if (r + 1 < rows) pairs.push({ a: r * columns + c, b: (r + 1) * columns + c });
    }
  return pairs;
}
const long = (places: { x: number; y: number }[], { a, b }: { a: number; b: number }): number => Math.hypot(places[a]!.x - places[b]!.x, places[a]!.y - places[b]!.y);

test("a grid is drawn as a grid: its pairs are about equally long, none meet", () => {
  const pairs = grid(6, 12);
  const places = placesOf(72, pairs);
  const lengths = pairs.map((pair) => long(places, pair));
  expect(Math.max(...lengths) / Math.min(...lengths)).toBeLessThan(2.5);
  let nearest = Infinity;
  for (let i = 0; i < 72; ++i) for (let j = 0; j < i; ++j) nearest = Math.min(nearest, long(places, { a: i, b: j }));
  expect(nearest).toBeGreaterThan(0.4);
  const width = Math.max(...places.map((p) => p.x)) - Math.min(...places.map((p) => p.x));
  const height = Math.max(...places.map((p) => p.y)) - Math.min(...places.map((p) => p.y));
  expect(width).toBeGreaterThan(height);
});

test("where all can meet they stand in a circle", () => {
  const pairs = Array.from({ length: 32 }, (_, a) => Array.from({ length: a }, (_, b) => ({ a, b }))).flat();
  for (const { x, y } of placesOf(32, pairs)) expect(Math.hypot(x, y)).toBeCloseTo(1, 6);
});

test("the same pairs give the same picture, and few qubits are no trouble", () => {
  expect(placesOf(20, grid(4, 5))).toEqual(placesOf(20, grid(4, 5)));
  expect(placesOf(1, [])).toEqual([{ x: 0, y: 0 }]);
  expect(placesOf(0, [])).toEqual([]);
  expect(placesOf(2, [{ a: 0, b: 1 }])).toHaveLength(2);
});
