import { expect, test } from "vitest";
import { filterOf, isNarrowed, matching } from "./filter";

const incident = (id: string, more: object) => ({ id, kind: "hang", job: "0", attempt: 0, node: "", message: "", opened_at: "2026-11-27T00:00:00Z", closed_at: null, how: "", what_to_do: "", ...more });
const all = [
  incident("3", { node: "gpu03", message: "Nothing written for 30 min", job: "7" }),
  incident("2", { kind: "memory", closed_at: "2026-11-27T01:00:00Z", how: "Asked for more" }),
  incident("1", { kind: "memory" }),
];
const found = (address: string) => matching(all, filterOf(new URLSearchParams(address))).map((each) => each.id);

test("open ones first, others when asked", () => {
  expect(found("")).toEqual(["3", "1"]);
  expect(found("show=all")).toEqual(["3", "2", "1"]);
  expect(found("show=closed")).toEqual(["2"]);
});

test("each filter narrows", () => {
  expect(found("kind=memory")).toEqual(["1"]);
  expect(found("node=gpu03")).toEqual(["3"]);
  expect(found("job=7&kind=memory")).toEqual([]);
  expect(found("show=all&text=ASKED")).toEqual(["2"]);
  expect(isNarrowed(filterOf(new URLSearchParams("show=all")))).toBe(false);
});
