import { expect, test } from "vitest";
import { addressOf, isEmpty, questionOf, requestOf } from "./question";

test("a question is in the address, and comes back from it", () => {
  const search = new URLSearchParams("drain=gpu01,gpu02&add=gpu01*8,head*0,nonsense&weights=age*500,other*3&for=month&futures=one");
  const question = questionOf(search, []);
  expect(question).toEqual({ drain: ["gpu01", "gpu02"], resume: [], add: [{ like: "gpu01", count: 8 }], weights: { age: 500 }, submit: [], horizon: "month", futures: "one" });
  const again = questionOf(new URLSearchParams(Object.entries(addressOf(question)).filter(([, value]) => value)), []);
  expect(again).toEqual(question);
});

test("without a change there is no question", () => {
  expect(isEmpty(questionOf(new URLSearchParams("for=day"), ["  "]))).toBe(true);
  expect(isEmpty(questionOf(new URLSearchParams("weights=age*0"), []))).toBe(false);
});

test("a script is told from a document", () => {
  const { submit, horizon_ms, futures } = requestOf(questionOf(new URLSearchParams(), ["#!/bin/bash\ntrue", "", "name: x"]));
  expect(submit).toEqual([{ type: "text/x-shellscript", text: "#!/bin/bash\ntrue" }, { type: "application/yaml", text: "name: x" }]);
  expect(horizon_ms).toBe("604800000");
  expect(futures).toBe(20);
});
