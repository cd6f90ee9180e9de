import { expect, test } from "vitest";
import { measured, rowAt, rowsOf, type Bar, type Picture } from "./rows";

const instant = (minute: number): string => new Date(minute * 60_000).toISOString();
const bar = (job: number, nodes: string[], from: number, to: number | null, partition = "ai"): Bar =>
  ({ state: "running", job: String(job), partition, nodes, start: instant(from), end: to === null ? null : instant(to) }) as Bar;
const picture = (bars: Bar[]): Picture => ({ bars, windows: [{ name: "m", partition: "ai", nodes: ["n2"], start: instant(5), end: instant(9) }] }) as unknown as Picture;
const nodes = [{ name: "n1", partition: "ai" }, { name: "n2", partition: "ai" }, { name: "c1", partition: "cpu" }];

test("a job has a bar in each of its nodes' rows; what has no nodes stands in its partition's", () => {
  const rows = rowsOf(picture([bar(1, ["n1", "n2"], 0, 5), bar(2, [], 6, 9)]), "nodes", nodes);
  expect(rows.map((row) => [row.name, row.items.map((item) => item.bar)])).toEqual([["ai", [1]], ["n1", [0]], ["n2", [0]], ["c1", []]]);
  expect(rows[2]!.windows).toHaveLength(1);
});

test("bars that overlap have lanes of their own, and one that follows takes a free one", () => {
  const rows = rowsOf(picture([bar(1, ["n1"], 0, 5), bar(2, ["n1"], 2, null), bar(3, ["n1"], 5, 8)]), "nodes", nodes);
  const row = rows.find((each) => each.name === "n1")!;
  expect(row.lanes).toBe(2);
  expect(row.items.map((item) => [item.bar, item.lane])).toEqual([[0, 0], [1, 1], [2, 0]]);
  expect(row.items[1]!.end).toBe(Infinity);
});

test("by partitions everything of one stands together", () => {
  const rows = rowsOf(picture([bar(1, ["n1", "n2"], 0, 5), bar(2, [], 1, 9), bar(3, ["c1"], 0, 4, "cpu")]), "partitions", nodes);
  expect(rows.map((row) => [row.name, row.items.length, row.lanes])).toEqual([["ai", 2, 2], ["cpu", 1, 1]]);
});

test("a height is found again", () => {
  const rows = rowsOf(picture([]), "nodes", Array.from({ length: 500 }, (_, i) => ({ name: `n${i}`, partition: "ai" })));
  const all = measured(rows, "nodes");
  expect(rowAt(rows, 0)).toBe(0);
  expect(rowAt(rows, rows[321]!.top + 1)).toBe(321);
  expect(rowAt(rows, all + 1)).toBe(500);
});
