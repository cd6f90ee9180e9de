import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { api, told, type Schemas } from "../../api/client";
import { useLive, useLiveQuery } from "../../live/useLive";
import { hasEnded } from "../../ui/JobState";

/** One job, kept up to date by the event stream; its progress without asking anew. */
export function useJob(id: string): UseQueryResult<Schemas["JobDetail"]> {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["job", id],
    queryFn: ({ signal }) => told(api.GET("/v1/jobs/{id}", { params: { path: { id } }, signal })),
  });
  useLiveQuery("jobs", ["job", id], { every: 500, concerns: (news) => "reset" in news || ("job" in news && news.job.id === id) });
  useLive("jobs", (news) => {
    const newest = news.findLast((each) => "progress" in each && each.progress.id === id);
    if (!newest || !("progress" in newest)) return;
    client.setQueryData<Schemas["JobDetail"]>(["job", id], (before) =>
      before && { ...before, job: { ...before.job, progress: newest.progress.progress } });
  });
  return query;
}

/** Why it waits: asked anew when its state changes, and while it waits every few seconds, as plans change. */
export function useWhy(job: Schemas["JobView"]): UseQueryResult<Schemas["WhyView"]> {
  const ended = hasEnded(job.state);
  return useQuery({
    queryKey: ["why", job.id, job.state],
    queryFn: ({ signal }) => told(api.GET("/v1/jobs/{id}/why", { params: { path: { id: job.id } }, signal })),
    refetchInterval: ended ? false : job.state === "queued" ? 5_000 : 15_000,
    placeholderData: (before) => before,
  });
}
