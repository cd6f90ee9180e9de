import type { paths } from "../../api/schema";
import type { State } from "../../ui/JobState";
import { endedStates } from "../../ui/JobState";

/** What the address says: `/jobs?show=live&state=running,held&user=alice`. Each is a parameter of GET /v1/jobs. */
export const words = ["user", "project", "partition", "name", "kind", "array"] as const;
export type Word = (typeof words)[number];
export type Which = "all" | "live" | "ended";

export interface Filter {
  which: Which;
  states: State[];
  words: Partial<Record<Word, string>>;
}

export function filterOf(search: URLSearchParams): Filter {
  const which = search.get("show");
  return {
    which: which === "live" || which === "ended" ? which : "all",
    states: (search.get("state")?.split(",").filter(Boolean) ?? []) as State[],
    words: Object.fromEntries(words.flatMap((word) => (search.get(word) ? [[word, search.get(word)!]] : []))),
  };
}

export function searchOf(filter: Filter): URLSearchParams {
  const search = new URLSearchParams();
  if (filter.which !== "all") search.set("show", filter.which);
  if (filter.states.length > 0) search.set("state", filter.states.join(","));
  for (const word of words) if (filter.words[word]) search.set(word, filter.words[word]);
  return search;
}

export const isFiltered = (filter: Filter): boolean => searchOf(filter).size > 0;

type Query = NonNullable<paths["/v1/jobs"]["get"]["parameters"]["query"]>;

export function queryOf(filter: Filter): Query {
  const states = filter.states.length > 0 ? filter.states : filter.which === "ended" ? endedStates : [];
  return {
    ...(states.length > 0 ? { state: states } : filter.which === "all" ? { all: true } : {}),
    ...(filter.words as Pick<Query, Exclude<Word, "array">>),
    ...(filter.words.array ? { array: Number(filter.words.array) } : {}),
  };
}

/** Whether a job, whose state is another now, still belongs to the question: its other fields never change. */
export function keeps(filter: Filter): (job: { state: State }) => boolean {
  const { state } = queryOf(filter);
  if (state) return (job) => (state as State[]).includes(job.state);
  return filter.which === "live" ? (job) => !endedStates.includes(job.state) : () => true;
}
