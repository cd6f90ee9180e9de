import { expect, test } from "vitest";
import { branchesOf } from "./tree";

const project = (name: string, parent = "", shares = 1) =>
  ({ name, parent, shares, merit: 100, has_budget: false, granted: "0", charged: "0", reserved: "0", available: "0", recent_use: "0" });

test("each project stands behind its parent, with its part of its siblings' shares", () => {
  const tree = branchesOf([project("b", "", 3), project("a2", "a"), project("a"), project("a1", "a", 3), project("lost", "gone")]);
  expect(tree.map((each) => [each.project.name, each.depth, each.part])).toEqual([
    ["a", 0, 0.2], ["a1", 1, 0.75], ["a2", 1, 0.25], ["b", 0, 0.6], ["lost", 0, 0.2],
  ]);
});
