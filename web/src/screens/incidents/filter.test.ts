import { expect, test } from "vitest";
import { filterOf, isNarrowed, matching, queryOf } from "./filter";

const incident = (id: string, more: object) => ({ id, kind: "hang", job: "0", attempt: 0, node: "", message: "", opened_at: "2026-11-27T00:00:00Z", closed_at: null, how: "", what_to_do: "", ...more });
const all = [
  incident("3", { node: "gpu03", message: "Nothing written for 30 min", job: "7" }),
  incident("2", { kind: "memory", closed_at: "2026-11-27T01:00:00Z", how: "Asked for more" }),
  incident("1", { kind: "memory" }),
];
const asked = (address: string) => queryOf(filterOf(new URLSearchParams(address)));
const found = (address: string) => matching(all, filterOf(new URLSearchParams(address))).map((each) => each.id);

test("the centre is asked for open ones, unless others are wanted too", () => {
  expect(asked("")).toEqual({});
  expect(asked("show=all")).toEqual({ all: true });
  expect(asked("show=closed&kind=memory&node=gpu03&job=7")).toEqual({ all: true, kind: "memory", node: "gpu03", job: 7 });
  expect(asked("job=nonsense")).toEqual({});
});

test("closed ones alone, and words of the messages, are found in what it gave", () => {
  expect(found("show=all")).toEqual(["3", "2", "1"]);
  expect(found("show=closed")).toEqual(["2"]);
  expect(found("show=all&text=ASKED")).toEqual(["2"]);
  expect(found("text=written")).toEqual(["3"]);
  expect(isNarrowed(filterOf(new URLSearchParams("show=all")))).toBe(false);
});
