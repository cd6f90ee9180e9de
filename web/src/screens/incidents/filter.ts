import type { Schemas } from "../../api/client";

type Incident = Schemas["IncidentView"];
export type Which = "open" | "closed" | "all";

/** What the address says: `/incidents?show=all&kind=hang&node=gpu03`. */
export interface Filter {
  which: Which;
  kind: string;
  node: string;
  job: string;
  text: string;
}

export function filterOf(search: URLSearchParams): Filter {
  const which = search.get("show");
  const word = (name: string): string => search.get(name) ?? "";
  return { which: which === "all" || which === "closed" ? which : "open", kind: word("kind"), node: word("node"), job: word("job"), text: word("text") };
}

export const isNarrowed = ({ kind, node, job, text }: Filter): boolean => Boolean(kind || node || job || text);

export function matching(all: readonly Incident[], filter: Filter): Incident[] {
  const text = filter.text.toLowerCase();
  return all.filter((each) =>
    (filter.which === "all" || (filter.which === "open") === (each.closed_at === null)) &&
    (!filter.kind || each.kind === filter.kind) && (!filter.node || each.node === filter.node) && (!filter.job || each.job === filter.job) &&
    (!text || each.message.toLowerCase().includes(text) || each.how.toLowerCase().includes(text)));
}
