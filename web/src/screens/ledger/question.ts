import type { paths } from "../../api/schema";

/** What the address asks of the ledger: `/ledger?period=week&partition=ai&by=project`. */
export const presets = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000, life: 0 } as const;
export type Preset = keyof typeof presets;
export const groups = ["project", "user", "kind", "job"] as const;
export type Group = (typeof groups)[number];
export const kinds = ["general", "ai", "supercomputing", "quantum"] as const;
type Kind = (typeof kinds)[number];

export interface Question {
  /** `free`: from and to are the reader's own. */
  period: Preset | "free";
  from: string;
  to: string;
  partition: string;
  project: string;
  user: string;
  kind: Kind | "";
  by: Group | "";
}

const one = <T extends string>(value: string | null, of: readonly T[]): T | "" => of.find((each) => each === value) ?? "";

export function questionOf(search: URLSearchParams): Question {
  const text = (name: string): string => search.get(name) ?? "";
  const instant = (name: string): string => (Number.isNaN(Date.parse(text(name))) ? "" : text(name));
  const [from, to] = [instant("from"), instant("to")];
  const period = one(search.get("period"), Object.keys(presets) as Preset[]) || (from || to ? "free" : "day");
  return {
    period, from, to, partition: text("partition"), project: text("project"), user: text("user"),
    kind: one(search.get("kind"), kinds), by: one(search.get("by"), groups),
  };
}

/** Narrowed to somebody, the ledger tells what they used: idle time belongs to nobody. */
export const isNarrowed = (question: Question): boolean => Boolean(question.project || question.user || question.kind);

type Query = NonNullable<paths["/v1/ledger"]["get"]["parameters"]["query"]>;

/** The parameters of GET /v1/ledger. A preset is counted back from `now`, the whole life from its beginning. */
export function queryOf(question: Question, now: number): Query {
  const { period } = question;
  const bounds = period === "free"
    ? { ...(question.from ? { from: question.from } : {}), ...(question.to ? { to: question.to } : {}) }
    : presets[period] > 0 ? { from: new Date(now - presets[period]).toISOString() } : {};
  return {
    ...bounds,
    ...(question.partition ? { partition: question.partition } : {}),
    ...(question.project ? { project: question.project } : {}),
    ...(question.user ? { user: question.user } : {}),
    ...(question.kind ? { kind: question.kind } : {}),
    ...(question.by ? { by: question.by } : {}),
  };
}

/** What the field of a browser for a day and time holds (in the reader's zone), and back. */
export function toField(instant: string): string {
  if (!instant) return "";
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
export const fromField = (field: string): string => (field ? new Date(field).toISOString() : "");
