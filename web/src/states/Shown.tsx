import { WarningOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useNow } from "../format/clock";
import { useFormat } from "../format/useFormat";
import { Failed } from "./Failed";
import { useStateWords } from "./words";

type Asked<T> = Pick<UseQueryResult<T>, "data" | "error" | "isPending" | "dataUpdatedAt" | "refetch" | "isFetching">;

export function Loading({ lines = 4 }: { lines?: number }): ReactNode {
  const t = useStateWords();
  return (
    <div className="state-loading" role="status" aria-label={t("loading")}>
      {Array.from({ length: lines }, (_, i) => <span key={i} style={{ width: `${92 - ((i * 23) % 45)}%` }} />)}
    </div>
  );
}

export function Nothing({ children, action }: { children?: ReactNode; action?: ReactNode }): ReactNode {
  const t = useStateWords();
  return (
    <div className="state state-empty" role="status">
      <svg className="state-moon" viewBox="0 0 32 32" aria-hidden><path d="M20.6 5.4A11.2 11.2 0 1 0 26.6 20 9 9 0 0 1 20.6 5.4z" /></svg>
      <p>{children ?? t("empty")}</p>
      {action}
    </div>
  );
}

/** What is shown is old, because the centre does not answer. */
export function Stale({ since, onRetry }: { since: number; onRetry?: () => void }): ReactNode {
  const t = useStateWords();
  const f = useFormat();
  const age = Math.max(0, Math.round((useNow() - since) / 1000) * 1000);
  return (
    <div className="state-stale" role="status">
      <WarningOutlined aria-hidden /> <span>{t("stale", { age: f.duration(age) })}</span>
      {onRetry && <Button size="small" type="link" onClick={onRetry}>{t("retry")}</Button>}
    </div>
  );
}

export interface ShownProps<T> {
  query: Asked<T>;
  /** Whether the answer holds nothing; then `empty` is shown, or a plain sentence. */
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}

/**
 * The five states of whatever is asked of the centre, so that no screen invents its own:
 * loading (nothing yet), failed (nothing, and why; or that this reader may not), empty, stale (what was known, with its age), live.
 */
export function Shown<T>({ query, isEmpty, empty, loading, children }: ShownProps<T>): ReactNode {
  const retry = (): void => void query.refetch();
  if (query.data === undefined) {
    if (query.error) return <Failed error={query.error} onRetry={retry} />;
    return loading ?? <Loading />;
  }
  return (
    <>
      {query.error && <Stale since={query.dataUpdatedAt} onRetry={retry} />}
      {isEmpty?.(query.data) ? (empty ?? <Nothing />) : children(query.data)}
    </>
  );
}
