import { expect, test } from "vitest";
import { filterOf, isFiltered, keeps, queryOf, searchOf } from "./filter";

const of = (search: string) => filterOf(new URLSearchParams(search));

test("the address says it, and it says the address", () => {
  const search = "show=live&state=running%2Cheld&user=alice&kind=ai";
  expect(searchOf(of(search)).toString()).toBe(search);
  expect(isFiltered(of(""))).toBe(false);
  expect(isFiltered(of("user=x"))).toBe(true);
});

test("it is a question of the API", () => {
  expect(queryOf(of(""))).toEqual({ all: true });
  expect(queryOf(of("show=live&project=demo"))).toEqual({ project: "demo" });
  expect(queryOf(of("show=ended")).state).toEqual(["succeeded", "failed", "cancelled", "timed_out"]);
  expect(queryOf(of("show=ended&state=failed"))).toEqual({ state: ["failed"] });
});

test("a job that ends leaves the live ones", () => {
  expect(keeps(of("show=live"))({ state: "failed" })).toBe(false);
  expect(keeps(of("show=live"))({ state: "held" })).toBe(true);
  expect(keeps(of(""))({ state: "failed" })).toBe(true);
  expect(keeps(of("state=running"))({ state: "queued" })).toBe(false);
});
