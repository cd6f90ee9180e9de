import { expect, test } from "vitest";
import { csvOf } from "./csv";
import { fromField, isNarrowed, queryOf, questionOf, toField } from "./question";

test("the address is the question", () => {
  const question = questionOf(new URLSearchParams("period=week&partition=ai&by=project&kind=nonsense"));
  expect(question).toMatchObject({ period: "week", partition: "ai", by: "project", kind: "" });
  expect(isNarrowed(question)).toBe(false);
  expect(queryOf(question, Date.UTC(2026, 10, 27))).toEqual({ from: "2026-11-20T00:00:00.000Z", partition: "ai", by: "project" });
  expect(queryOf(questionOf(new URLSearchParams("period=life")), 0)).toEqual({});
});

test("a free period keeps its ends, and only what is an instant", () => {
  const question = questionOf(new URLSearchParams("from=2026-11-01T00:00:00Z&to=soon&user=alice"));
  expect(question.period).toBe("free");
  expect(isNarrowed(question)).toBe(true);
  expect(queryOf(question, 0)).toEqual({ from: "2026-11-01T00:00:00Z", user: "alice" });
  expect(questionOf(new URLSearchParams()).period).toBe("day");
});

test("a field for day and time is there and back the same minute", () => {
  expect(fromField(toField("2026-11-27T11:21:00.000Z"))).toBe("2026-11-27T11:21:00.000Z");
  expect(toField("")).toBe("");
  expect(fromField("")).toBe("");
});

test("CSV has the centre's own figures, and text that is no formula", () => {
  const view = {
    centre: "here", from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z",
    lines: [{ partition: "ai", resource: "a100", capacity: "90071992547409931", classes: { productive: "90071992547409930", lost: "1" }, use: 1, goodput: 0.5 }],
    usage: [{ partition: "ai", resource: "cores", group: '=1+"2",x', classes: { productive: "7" } }],
  };
  expect(csvOf(view).split("\r\n")).toEqual([
    "from,to,partition,resource,group,class,milliseconds",
    "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,ai,a100,,productive,90071992547409930",
    "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,ai,a100,,lost,1",
    "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,ai,a100,,capacity,90071992547409931",
    `2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,ai,cores,"'=1+""2"",x",productive,7`,
    "",
  ]);
});
