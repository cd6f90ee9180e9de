import type { Schemas } from "../../api/client";
import type { Painted } from "./paint";

export const colourings = ["class", "health", "job", "project"] as const;
export type Colouring = (typeof colourings)[number];
export type CardsNode = Schemas["CardsNode"];

/** What a card or core does, as the centre tells it. */
export interface Slot {
  /** A ledger class, or one of the centre's words for what is not in use: `idle`, `others`. */
  use: string;
  job: Schemas["CardsJob"] | null;
}
/** Keys of the map where there is no job. */
export const nobody = "";

export function slotOf(view: Schemas["CardsView"], slot: number): Slot {
  const job = slot >= 0 ? view.jobs[slot] : undefined;
  return job ? { use: job.use, job } : { use: view.idle_words[-1 - slot] ?? "idle", job: null };
}

function keyOf(slot: Slot, state: string, by: Colouring): string {
  if (by === "class") return slot.use;
  if (by === "health") return state;
  return slot.job ? (by === "job" ? slot.job.id : slot.job.project) : nobody;
}

/** What each node shows. `frames`: colours by state of nodes that are not in service. */
export function looksOf(view: Schemas["CardsView"], nodes: readonly CardsNode[], by: Colouring, frames: Record<string, string>): Painted[] {
  // Every slot of a node has one of few values: each is looked up once.
  const known = new Map<string, string>();
  const key = (slot: number, state: string): string => {
    const at = `${slot} ${state}`;
    let made = known.get(at);
    if (made === undefined) known.set(at, (made = keyOf(slotOf(view, slot), state, by)));
    return made;
  };
  return nodes.map((node) => {
    const all = node.cores.reduce((sum, each) => sum + each.count, 0);
    return {
      cards: node.cards.map((slot) => key(slot, node.state)),
      cores: node.cards.length > 0 ? [] : node.cores.map((each) => [key(each.what, node.state), each.count / all] as [string, number]),
      frame: frames[node.state] ?? null,
      title: node.name,
      labels: node.cards.map((slot) => (slot >= 0 ? (view.jobs[slot]?.id ?? "") : "")),
    };
  });
}

/** How many cards have each key, most first; where there are no cards, cores. */
export function countsOf(nodes: readonly CardsNode[], painted: readonly Painted[]): { of: "cards" | "cores"; counts: [key: string, count: number][] } {
  const cards = new Map<string, number>();
  const cores = new Map<string, number>();
  painted.forEach((look, i) => {
    for (const key of look.cards) cards.set(key, (cards.get(key) ?? 0) + 1);
    look.cores.forEach(([key], n) => cores.set(key, (cores.get(key) ?? 0) + nodes[i]!.cores[n]!.count));
  });
  const [of, counts] = cards.size > 0 ? (["cards", cards] as const) : (["cores", cores] as const);
  return { of, counts: [...counts].sort((a, b) => b[1] - a[1]) };
}
