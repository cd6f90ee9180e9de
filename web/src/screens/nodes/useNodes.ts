import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { api, told, type Schemas } from "../../api/client";
import { useLive, useLiveQuery } from "../../live/useLive";

export type Node = Schemas["NodeView"];

/** The stream of the same address is for `useLive`; this is the list. */
export const askNodes = async ({ signal }: { signal: AbortSignal }): Promise<Node[]> => (await told(api.GET("/v1/nodes", { signal }))) as Node[];

/** All nodes, kept up to date by the event stream; those that did not change stay the same objects. */
export function useNodes(): UseQueryResult<Node[]> {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["nodes"], queryFn: askNodes, staleTime: 60_000, structuralSharing: false });
  useLive("nodes", (news) => {
    client.setQueryData<Node[]>(["nodes"], (before) => {
      if (!before) return before;
      const changed = new Map(news.flatMap((each) => ("node" in each ? [[each.node.name, each.node] as const] : [])));
      if (changed.size === 0) return before;
      const next = before.map((node) => changed.get(node.name) ?? node);
      const known = new Set(before.map((node) => node.name));
      return [...next, ...[...changed.values()].filter((node) => !known.has(node.name))];
    });
  });
  useLiveQuery("nodes", ["nodes"], { concerns: (news) => "reset" in news });
  return query;
}
