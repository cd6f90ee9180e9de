import type { ReactNode } from "react";
import { useCommonWords } from "../i18n/common";
import { useNow } from "./clock";
import { useFormat } from "./useFormat";

/** An instant of the API: short, and whole on hovering. `relative` says how long ago, or until then. */
export function When({ at, relative = false }: { at: string | null | undefined; relative?: boolean }): ReactNode {
  const f = useFormat();
  const t = useCommonWords();
  const now = useNow();
  if (!at) return <span className="muted">–</span>;
  const away = new Date(at).getTime() - now;
  const said = !relative
    ? f.short(at, now)
    : Math.abs(away) < 1_000
      ? t("now")
      : away < 0
        ? t("ago", { time: f.duration(-Math.round(away / 1000) * 1000) })
        : t("in", { time: f.duration(Math.round(away / 1000) * 1000) });
  return (
    <time dateTime={at} title={f.instant(at)} className="number">
      {said}
    </time>
  );
}

/** How long something has run since `from`; goes on by itself until `to` is known. */
export function Elapsed({ from, to }: { from: string | null; to?: string | null }): ReactNode {
  const f = useFormat();
  const now = useNow();
  if (!from) return <span className="muted">–</span>;
  const end = to ? new Date(to).getTime() : Math.max(now, new Date(from).getTime());
  const ms = end - new Date(from).getTime();
  return <span className="number">{f.duration(ms < 10_000 && to ? ms : Math.round(ms / 1000) * 1000)}</span>;
}
