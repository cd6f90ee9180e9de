import type { Schemas } from "../../api/client";
import type { JobProgress } from "../../live/hub";

type Job = Schemas["JobView"];

/** Rows are jobs with falling ids. Nothing here changes its arguments; what does not change stays the same object. */
function placeOf(rows: readonly Job[], id: number): number {
  let first = 0;
  let end = rows.length;
  while (first < end) {
    const middle = (first + end) >> 1;
    if (Number(rows[middle]!.id) > id) first = middle + 1;
    else end = middle;
  }
  return first;
}
const at = (rows: readonly Job[], id: string): number => {
  const place = placeOf(rows, Number(id));
  return rows[place]?.id === id ? place : -1;
};

export function has(rows: readonly Job[], id: string): boolean {
  return at(rows, id) >= 0;
}

/** Replaces the jobs that are among the rows; those that `keeps` no longer wants go. */
export function patched(rows: Job[], news: readonly Job[], keeps: (job: Job) => boolean): Job[] {
  let out = rows;
  const gone = new Set<string>();
  for (const job of news) {
    const place = at(rows, job.id);
    if (place < 0) continue;
    if (out === rows) out = rows.slice();
    out[place] = job;
    if (keeps(job)) gone.delete(job.id);
    else gone.add(job.id);
  }
  return gone.size === 0 ? out : out.filter((job) => !gone.has(job.id));
}

export function withProgress(rows: Job[], news: readonly JobProgress[]): Job[] {
  let out = rows;
  for (const { id, progress } of news) {
    const place = at(rows, id);
    if (place < 0) continue;
    if (out === rows) out = rows.slice();
    out[place] = { ...out[place]!, progress };
  }
  return out;
}

/** Whether two answers about a job say the same. */
function isSame(a: Job, b: Job): boolean {
  for (const key of Object.keys(b) as (keyof Job)[]) {
    const [one, other] = [a[key], b[key]];
    if (one === other) continue;
    if (typeof one !== "object" || typeof other !== "object" || JSON.stringify(one) !== JSON.stringify(other)) return false;
  }
  return true;
}

/**
 * A page that was asked for anew takes the place of the rows of its range: newer ones come in front, those that are no
 * longer on it go. `isLast`: nothing older exists.
 */
export function merged(rows: Job[], page: readonly Job[], isLast: boolean): Job[] {
  const oldest = page.at(-1);
  // What is the same stays the same object, so that its row is not drawn anew.
  const kept = page.map((job) => {
    const old = rows[placeOf(rows, Number(job.id))];
    return old && isSame(old, job) ? old : job;
  });
  if (!oldest || isLast) return kept;
  return kept.concat(rows.slice(placeOf(rows, Number(oldest.id) - 1)));
}

/** The next page, with older jobs. */
export function appended(rows: Job[], page: readonly Job[]): Job[] {
  const oldest = rows.at(-1);
  if (!oldest) return page.slice();
  return rows.concat(page.filter((job) => Number(job.id) < Number(oldest.id)));
}
