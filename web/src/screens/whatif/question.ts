import type { Schemas } from "../../api/client";

export const horizons = { day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 } as const;
export type Horizon = keyof typeof horizons;
export const futures = { one: 1, twenty: 20, hundred: 100 } as const;
export type Futures = keyof typeof futures;
export const weights = ["by_class", "fair_share", "age", "size", "merit"] as const;
export type Weight = (typeof weights)[number];

export interface Question {
  drain: string[];
  resume: string[];
  add: { like: string; count: number }[];
  weights: Partial<Record<Weight, number>>;
  /** Documents and scripts; they are not part of the address. */
  submit: string[];
  horizon: Horizon;
  futures: Futures;
}

const listed = (search: URLSearchParams, name: string): string[] => search.get(name)?.split(",").filter(Boolean) ?? [];

/** `/whatif?drain=gpu01,gpu02&add=gpu01*8&weights=age*500&for=week`: a question can be sent to a colleague. */
export function questionOf(search: URLSearchParams, submit: string[]): Question {
  const pairs = (name: string): [string, number][] =>
    listed(search, name).flatMap((each): [string, number][] => {
      const at = each.lastIndexOf("*");
      const value = Number(each.slice(at + 1));
      return at > 0 && Number.isInteger(value) && value >= 0 ? [[each.slice(0, at), value]] : [];
    });
  const [horizon, many] = [search.get("for"), search.get("futures")];
  return {
    drain: listed(search, "drain"), resume: listed(search, "resume"),
    add: pairs("add").filter(([, count]) => count > 0).map(([like, count]) => ({ like, count })),
    weights: Object.fromEntries(pairs("weights").filter(([name]) => (weights as readonly string[]).includes(name))),
    submit,
    horizon: horizon && horizon in horizons ? (horizon as Horizon) : "week",
    futures: many && many in futures ? (many as Futures) : "twenty",
  };
}

/** Parameters of the address that say so; an empty one goes. */
export function addressOf(question: Partial<Question>): Record<string, string> {
  const changes: Record<string, string> = {};
  if (question.drain) changes.drain = question.drain.join(",");
  if (question.resume) changes.resume = question.resume.join(",");
  if (question.add) changes.add = question.add.map(({ like, count }) => `${like}*${count}`).join(",");
  if (question.weights) changes.weights = Object.entries(question.weights).map(([name, value]) => `${name}*${value}`).join(",");
  if (question.horizon) changes.for = question.horizon === "week" ? "" : question.horizon;
  if (question.futures) changes.futures = question.futures === "twenty" ? "" : question.futures;
  return changes;
}

export function isEmpty(question: Question): boolean {
  return question.drain.length + question.resume.length + question.add.length + question.submit.filter((each) => each.trim()).length + Object.keys(question.weights).length === 0;
}

/** The body of POST /v1/whatif. What begins with `#!` is a script. */
export function requestOf(question: Question): Schemas["WhatIfRequest"] {
  return {
    drain: question.drain, resume: question.resume, add: question.add, weights: question.weights,
    submit: question.submit.filter((text) => text.trim()).map((text) => ({ type: text.startsWith("#!") ? "text/x-shellscript" : "application/yaml", text })),
    horizon_ms: String(horizons[question.horizon]), futures: futures[question.futures],
  };
}
