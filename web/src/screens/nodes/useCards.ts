import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useLiveQuery } from "../../live/useLive";

/** What every card and core does now. Asked anew when a job or a node changed, at most every two seconds. */
export function useCards(): UseQueryResult<Schemas["CardsView"]> {
  // Looking for what stayed the same in ten thousand cards costs more than drawing them anew.
  const query = useQuery({ queryKey: ["cards"], queryFn: ({ signal }) => told(api.GET("/v1/cards", { signal })), refetchInterval: 15_000, structuralSharing: false });
  useLiveQuery("jobs", ["cards"], { every: 2_000, concerns: (news) => "reset" in news || ("job" in news && news.job.state !== "queued" && news.job.state !== "held") });
  useLiveQuery("nodes", ["cards"], { every: 2_000 });
  return query;
}

/** Of a switch, the one above it. The same object while the switches are the same. */
export function useSwitches(): ReadonlyMap<string, string> {
  const { data } = useQuery({ queryKey: ["switches"], queryFn: ({ signal }) => told(api.GET("/v1/switches", { signal })), staleTime: 600_000 });
  return useMemo(() => new Map((data ?? []).filter((each) => each.above).map((each) => [each.name, each.above])), [data]);
}
