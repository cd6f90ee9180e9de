import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { startTransition, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useLive, useLiveQuery } from "../../live/useLive";
import { useTell } from "../../ui/Confirm";
import { keeps, queryOf, searchOf, type Filter } from "./filter";
import { appended, has, merged, patched, withProgress } from "./rows";

type Job = Schemas["JobView"];
const pageSize = 500;

export interface JobRows {
  /** The newest page: its states are those of the screen. */
  query: UseQueryResult<Job[]>;
  rows: Job[];
  /** Nothing older exists. */
  isAll: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
}

/**
 * The rows of the table: the newest page is asked for anew when jobs appear, older pages are loaded as the reader comes to
 * them, and rows in sight change with the event stream.
 */
export function useJobRows(filter: Filter): JobRows {
  const address = searchOf(filter).toString();
  const key = useMemo(() => ["jobs", address], [address]);
  const question = useMemo(() => queryOf(filter), [address]);
  const [rows, setRows] = useState<Job[]>([]);
  const [isAll, setAll] = useState(false);
  const [isLoadingMore, setLoading] = useState(false);
  const newest = useRef({ rows, address });
  newest.current = { rows, address };
  const { failed } = useTell();

  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => told(api.GET("/v1/jobs", { params: { query: { ...question, limit: pageSize } }, signal })),
    // `merged` keeps the rows that are the same; comparing the whole answer as well would be the larger part of the work.
    staleTime: 0, gcTime: 0, structuralSharing: false,
  });
  useEffect(() => {
    setRows([]);
    setAll(false);
  }, [address]);
  useEffect(() => {
    if (!query.data) return;
    const isLast = query.data.length < pageSize;
    startTransition(() => setRows((before) => merged(before, query.data, isLast)));
    if (isLast) setAll(true);
  }, [query.data]);

  const wanted = useMemo(() => keeps(filter), [address]);
  useLive("jobs", (news) => {
    const jobs = news.flatMap((each) => ("job" in each ? [each.job] : []));
    const progress = news.flatMap((each) => ("progress" in each ? [each.progress] : []));
    // Not urgent: a reader who scrolls or writes goes first.
    if (jobs.length > 0 || progress.length > 0) startTransition(() => setRows((before) => withProgress(patched(before, jobs, wanted), progress)));
  });
  // A job that no row shows may belong here: the centre says whether.
  useLiveQuery("jobs", key, {
    every: 2_000,
    concerns: (news) => "reset" in news || ("job" in news && wanted(news.job) && !has(newest.current.rows, news.job.id)),
  });

  const loadMore = useCallback(() => {
    const oldest = newest.current.rows.at(-1);
    if (isLoadingMore || isAll || !oldest) return;
    setLoading(true);
    told(api.GET("/v1/jobs", { params: { query: { ...question, limit: pageSize, before: Number(oldest.id) } } }))
      .then((page) => {
        if (newest.current.address !== address) return;
        setRows((before) => appended(before, page));
        if (page.length < pageSize) setAll(true);
      }, failed)
      .finally(() => setLoading(false));
  }, [isLoadingMore, isAll, question, address, failed]);

  return { query, rows, isAll, isLoadingMore, loadMore };
}
