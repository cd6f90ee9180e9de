import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { countsOf, looksOf, slotOf } from "./looks";

const view = {
  at: "", seq: "1", idle_words: ["idle", "down"],
  jobs: [{ id: "7", name: "a", user: "u", project: "p", kind: "ai", use: "productive" }, { id: "9", name: "b", user: "u", project: "q", kind: "ai", use: "start" }],
  nodes: [
    { name: "n1", partition: "ai", switch_name: "", engine: "", state: "up", card_type: "x", cards: [0, 0, 1, -1], cores: [{ what: 0, count: 4 }] },
    { name: "n2", partition: "cpu", switch_name: "", engine: "", state: "down", card_type: "", cards: [], cores: [{ what: -2, count: 48 }, { what: 1, count: 16 }] },
  ],
} as Schemas["CardsView"];

test("a slot is a job or a word", () => {
  expect(slotOf(view, 1).job!.id).toBe("9");
  expect(slotOf(view, -2)).toEqual({ use: "down", job: null });
});

test("each way of colouring has its keys", () => {
  const keys = (by: "class" | "health" | "job" | "project"): string[] => looksOf(view, view.nodes, by, {})[0]!.cards;
  expect(keys("class")).toEqual(["productive", "productive", "start", "idle"]);
  expect(keys("health")).toEqual(["up", "up", "up", "up"]);
  expect(keys("job")).toEqual(["7", "7", "9", ""]);
  expect(keys("project")).toEqual(["p", "p", "q", ""]);
});

test("nodes without cards show their cores, and are framed when they are away", () => {
  const look = looksOf(view, view.nodes, "class", { down: "red" })[1]!;
  expect(look.cores).toEqual([["down", 0.75], ["start", 0.25]]);
  expect(look.frame).toBe("red");
});

test("cards are counted, and cores where there are none", () => {
  expect(countsOf(view.nodes, looksOf(view, view.nodes, "class", {}))).toEqual({ of: "cards", counts: [["productive", 2], ["start", 1], ["idle", 1]] });
  expect(countsOf([view.nodes[1]!], looksOf(view, [view.nodes[1]!], "class", {}))).toEqual({ of: "cores", counts: [["down", 48], ["start", 16]] });
});
