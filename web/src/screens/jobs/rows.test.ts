import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { appended, has, merged, patched, withProgress } from "./rows";

const job = (id: number, state = "running"): Schemas["JobView"] => ({ id: String(id), state }) as Schemas["JobView"];
const ids = (rows: Schemas["JobView"][]): number[] => rows.map((row) => Number(row.id));
const all = (): boolean => true;

test("a changed job takes its row's place, and others stay the same objects", () => {
  const rows = [job(9), job(7), job(3)];
  const next = patched(rows, [job(7, "failed"), job(8)], all);
  expect(next.map((row) => row.state)).toEqual(["running", "failed", "running"]);
  expect(next[0]).toBe(rows[0]);
  expect(rows[1]!.state).toBe("running");
});

test("news of other jobs changes nothing", () => {
  const rows = [job(9)];
  expect(patched(rows, [job(10), job(1)], all)).toBe(rows);
  expect(has(rows, "9")).toBe(true);
  expect(has(rows, "10")).toBe(false);
});

test("a job that is no longer wanted goes, and comes back when it is again", () => {
  const rows = [job(9), job(7)];
  const running = (each: Schemas["JobView"]): boolean => each.state === "running";
  expect(ids(patched(rows, [job(9, "failed")], running))).toEqual([7]);
  expect(ids(patched(rows, [job(9, "queued"), job(9, "running")], running))).toEqual([9, 7]);
});

test("a page asked for anew brings newer jobs and drops what has left", () => {
  const rows = [job(9), job(8), job(7), job(5), job(4)];
  expect(ids(merged(rows, [job(11), job(9), job(7)], false))).toEqual([11, 9, 7, 5, 4]);
  expect(ids(merged(rows, [job(11)], true))).toEqual([11]);
  expect(ids(merged(rows, [], false))).toEqual([]);
});

test("a page asked for anew leaves what is the same as it was", () => {
  const rows = [job(9), { ...job(8), nodes: ["a"] }, job(7)];
  const next = merged(rows, [job(9, "running"), { ...job(8), nodes: ["a"] }], false);
  expect(next[0]!.state).toBe("running");
  expect(next[1]).toBe(rows[1]);
  expect(merged(rows, [{ ...job(8), nodes: ["b"] }], true)[0]!.nodes).toEqual(["b"]);
});

test("an older page follows without repeating", () => {
  expect(ids(appended([job(9), job(8)], [job(8), job(6)]))).toEqual([9, 8, 6]);
  expect(ids(appended([], [job(6)]))).toEqual([6]);
});

test("progress moves a row", () => {
  const rows = [job(9), job(8)];
  const next = withProgress(rows, [{ id: "8", attempt: 1, progress: { step: "5", of: "10", checkpoint: "", at: null } }]);
  expect(next[1]!.progress!.step).toBe("5");
  expect(next[0]).toBe(rows[0]);
});

test("a hundred thousand rows are patched within a frame", () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => job(200_000 - i));
  const news = Array.from({ length: 500 }, (_, i) => job(150_000 - i * 7, "succeeded"));
  // The quickest of some: others use the machine too.
  const times = Array.from({ length: 9 }, () => {
    const begin = performance.now();
    const next = patched(rows, news, all);
    const took = performance.now() - begin;
    expect(next.filter((row) => row.state === "succeeded")).toHaveLength(500);
    return took;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});
