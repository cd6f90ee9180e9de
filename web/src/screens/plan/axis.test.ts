import { expect, test } from "vitest";
import { firstSpan, ticksOf, zoomedSpan } from "./axis";

const hour = 3_600_000;

test("marks are round, and far enough apart", () => {
  const from = Date.parse("2026-11-27T10:07:13Z");
  const ticks = ticksOf(from, from + 6 * hour, 800, "en");
  expect(ticks.length).toBeGreaterThan(3);
  expect(ticks.length).toBeLessThanOrEqual(9);
  for (const tick of ticks) expect(tick.at % (30 * 60_000)).toBe(0);
  expect(ticksOf(from, from + 30 * 24 * hour, 800, "zh").every((tick) => tick.text.includes("月"))).toBe(true);
});

test("the instant under the pointer stays there", () => {
  const span = zoomedSpan({ from: 0, to: 1000 * hour }, 4, 250 * hour);
  expect(span.to - span.from).toBe(250 * hour);
  expect((250 * hour - span.from) / (span.to - span.from)).toBeCloseTo(0.25, 9);
  expect(zoomedSpan({ from: 0, to: 60_000 }, 1000, 0).to).toBe(30_000);
});

test("the first picture holds now and what comes", () => {
  const span = firstSpan(0, [{ start: -hour, end: 5 * hour }, { start: 0, end: Infinity }]);
  expect(span.from).toBeLessThan(0);
  expect(span.to).toBeGreaterThan(4 * hour);
  expect(firstSpan(0, []).to).toBeGreaterThan(0);
});
