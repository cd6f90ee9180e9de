import type { Schemas } from "../../api/client";

/** A partition's cores, or its cards of one type. */
export interface Pool {
  partition: string;
  resource: string;
}
export const keyOf = (pool: Pool): string => `${pool.partition}/${pool.resource}`;

/** Each once, in the order of the answer. */
export function poolsOf(view: Schemas["LedgerView"]): Pool[] {
  const seen = new Map<string, Pool>();
  for (const { partition, resource } of [...view.lines, ...view.usage]) seen.set(`${partition}/${resource}`, { partition, resource });
  return [...seen.values()];
}

/** Exact, however large: sums of 64-bit figures. */
export const sumOf = (classes: Record<string, string>): bigint => Object.values(classes).reduce((sum, value) => sum + BigInt(value), 0n);
