import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, told, type Schemas } from "../../api/client";
import { useLiveQuery } from "../../live/useLive";

export type Qpu = Schemas["QpuView"];

/** All devices; asked anew every few seconds, and when a job that may use one changes. */
export function useQpus(): UseQueryResult<Qpu[]> {
  const query = useQuery({ queryKey: ["qpus"], queryFn: ({ signal }) => told(api.GET("/v1/qpus", { signal })), refetchInterval: 5_000 });
  useLiveQuery("jobs", ["qpus"], { concerns: (news) => "reset" in news || ("job" in news && news.job.kind === "quantum") });
  return query;
}

export const drainQpu = (name: string) => (reason: string): Promise<unknown> => told(api.POST("/v1/qpus/{name}/drain", { params: { path: { name } }, body: { reason } }));
export const resumeQpu = (name: string) => (): Promise<unknown> => told(api.POST("/v1/qpus/{name}/resume", { params: { path: { name } } }));
