import type { Schemas } from "../../api/client";
import type { paths } from "../../api/schema";

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

type Query = NonNullable<paths["/v1/incidents"]["get"]["parameters"]["query"]>;

/** What of the filter the centre itself does. */
export function queryOf({ which, kind, node, job }: Filter): Query {
  return { ...(which === "open" ? {} : { all: true }), ...(kind ? { kind: kind as NonNullable<Query["kind"]> } : {}), ...(node ? { node } : {}), ...(/^\d+$/.test(job) ? { job: Number(job) } : {}) };
}

/** The rest of it, of what the centre gave: closed ones without the open ones, and words of the message. */
export function matching(all: readonly Incident[], filter: Filter): Incident[] {
  const text = filter.text.toLowerCase();
  return all.filter((each) =>
    (filter.which !== "closed" || each.closed_at !== null) &&
    (!text || each.message.toLowerCase().includes(text) || each.how.toLowerCase().includes(text)));
}
