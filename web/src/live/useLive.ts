import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { hub, type Topic, type Topics } from "./hub";

/** Follows a topic while the component is shown. `onNews` gets what came since the last time, in order. */
export function useLive<T extends Topic>(topic: T, onNews: (news: Topics[T][]) => void): void {
  const newest = useRef(onNews);
  newest.current = onNews;
  useEffect(() => hub.follow(topic, (news) => newest.current(news)), [topic]);
}

/**
 * Asks a question anew whenever something of a topic changed, at most once in `every` milliseconds: for sums and lists
 * that the centre makes. `concerns` says which news matters.
 */
export function useLiveQuery<T extends Topic>(
  topic: T,
  key: QueryKey,
  { every = 1_000, concerns }: { every?: number; concerns?: (news: Topics[T]) => boolean } = {},
): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const askedAt = useRef(0);
  const shown = useRef(key);
  shown.current = key;
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(topic, (news) => {
    if (timer.current !== undefined || (concerns && !news.some(concerns))) return;
    const wait = Math.max(0, askedAt.current + every - Date.now());
    timer.current = setTimeout(() => {
      timer.current = undefined;
      askedAt.current = Date.now();
      void client.invalidateQueries({ queryKey: shown.current });
    }, wait);
  });
}
