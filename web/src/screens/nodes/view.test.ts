import { expect, test } from "vitest";
import { layoutOf } from "./layout";
import { closeUp, wholeView, within, zoomed } from "./view";

const nodes = Array.from({ length: 400 }, (_, i) => ({ name: `n${i}`, partition: "ai", switch_name: `leaf${i >> 5}`, cards: 8 }));
const size = { width: 1000, height: 600 };
const layout = layoutOf(nodes, new Map(), size.width, size.height);

test("the whole is in sight", () => {
  const view = wholeView(layout, size);
  expect(view.x + layout.width * view.scale).toBeLessThanOrEqual(size.width);
  expect(view.y + layout.height * view.scale).toBeLessThanOrEqual(size.height);
});

test("the point under the pointer stays there", () => {
  const before = zoomed(wholeView(layout, size), 3, 500, 300, layout, size);
  const after = zoomed(before, 1.4, 420, 310, layout, size);
  expect((420 - after.x) / after.scale).toBeCloseTo((420 - before.x) / before.scale, 6);
  expect((310 - after.y) / after.scale).toBeCloseTo((310 - before.y) / before.scale, 6);
});

test("nobody gets lost", () => {
  const whole = wholeView(layout, size);
  expect(within({ scale: whole.scale / 4, x: 9_999, y: 0 }, layout, size)).toEqual(whole);
  const far = within({ scale: 40, x: 5_000, y: -90_000 }, layout, size);
  expect(far.x).toBeLessThanOrEqual(8);
  expect(far.y + layout.height * far.scale).toBeGreaterThanOrEqual(size.height - 9);
});

test("a node close up is in the middle of its neighbours", () => {
  const box = layout.nodes[200]!;
  const view = closeUp(box, layout, size);
  const x = view.x + (box.x + box.width / 2) * view.scale;
  expect(x).toBeGreaterThan(0);
  expect(x).toBeLessThan(size.width);
  expect(view.scale).toBeGreaterThan(20);
});
