import type { ReactNode } from "react";
import { useCommonWords } from "../i18n/common";
import { useNow } from "./clock";
import { useFormat } from "./useFormat";

function Relative({ at }: { at: string }): ReactNode {
  const f = useFormat();
  const t = useCommonWords();
  const away = new Date(at).getTime() - useNow();
  const said = f.duration(Math.round(Math.abs(away) / 1000) * 1000);
  return Math.abs(away) < 1_000 ? t("now") : away < 0 ? t("ago", { time: said }) : t("in", { time: said });
}

/** An instant of the API: short, and whole on hovering. `relative` says how long ago, or until then. */
export function When({ at, relative = false }: { at: string | null | undefined; relative?: boolean }): ReactNode {
  const f = useFormat();
  if (!at) return <span className="muted">–</span>;
  return (
    // The whole of it is made when someone wants it: tables have many.
    <time dateTime={at} className="number" onPointerEnter={(event) => void (event.currentTarget.title = f.instant(at))}>
      {relative ? <Relative at={at} /> : f.short(at, Date.now())}
    </time>
  );
}

function Running({ from }: { from: string }): ReactNode {
  const f = useFormat();
  return f.duration(Math.max(0, Math.round((useNow() - new Date(from).getTime()) / 1000) * 1000));
}

/** How long something has run since `from`; goes on by itself until `to` is known. */
export function Elapsed({ from, to }: { from: string | null; to?: string | null }): ReactNode {
  const f = useFormat();
  if (!from) return <span className="muted">–</span>;
  const ms = to ? new Date(to).getTime() - new Date(from).getTime() : 0;
  return <span className="number">{to ? f.duration(ms < 10_000 ? ms : Math.round(ms / 1000) * 1000) : <Running from={from} />}</span>;
}
