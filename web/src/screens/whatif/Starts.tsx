import { useMemo, type ReactNode } from "react";
import { useNavigate } from "react-router";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { Nothing } from "../../states/Shown";
import { Panel } from "../../ui/Panel";
import { VirtualTable, type Column } from "../../ui/VirtualTable";
import { useWhatIfWords } from "./words";

type View = Schemas["WhatIfView"];
type Job = View["jobs"][number];
const ms = (at: string): number => new Date(at).getTime();

/** Both starts on one scale: a ring where it would start, a dot where it starts with the change. */
function Track({ job, from, until }: { job: Job; from: number; until: number }): ReactNode {
  const place = (at: string | null): number | null => (at === null ? null : Math.min(100, Math.max(0, ((ms(at) - from) / (until - from)) * 100)));
  const [before, after, early, late] = [place(job.before), place(job.after), place(job.early), place(job.late)];
  const earlier = before === null ? after !== null : after !== null && after < before;
  const [left, right] = [Math.min(before ?? 100, after ?? 100), Math.max(before ?? 100, after ?? 100)];
  return (
    <div className="track" aria-hidden>
      {early !== null && late !== null && <i className="track-likely" style={{ left: `${early}%`, width: `${late - early}%` }} />}
      {!job.asked && <i className={earlier ? "track-earlier" : "track-later"} style={{ left: `${left}%`, width: `${right - left}%` }} />}
      {before !== null && <i className="track-before" style={{ left: `${before}%` }} />}
      {after !== null && <i className="track-after" style={{ left: `${after}%` }} />}
    </div>
  );
}

/** The jobs whose start is another, each on the scale of time of both futures. */
export function Starts({ view }: { view: View }): ReactNode {
  const t = useWhatIfWords();
  const f = useFormat();
  const navigate = useNavigate();
  // The scale ends where the last start is, so that near ones can be told apart.
  const [from, until] = useMemo(() => {
    const instants = view.jobs.flatMap((job) => [job.before, job.after, job.late]).filter((at) => at !== null).map(ms);
    return [ms(view.now), Math.max(ms(view.now) + 1, ...instants)];
  }, [view]);
  const columns = useMemo<Column<Job>[]>(() => {
    const when = (at: string | null): ReactNode => (at ? <span className="number" title={f.instant(at)}>{f.short(at, ms(view.now))}</span> : <span className="muted">{t("notWithin")}</span>);
    const shift = (job: Job): string => {
      if (job.before === null || job.after === null) return "";
      const by = ms(job.after) - ms(job.before);
      return `${by < 0 ? "−" : "+"}${f.duration(Math.round(Math.abs(by) / 1000) * 1000)}`;
    };
    return [
      { key: "job", title: t("job"), width: "minmax(150px, 2fr)", render: (job) => <span>{job.asked ? <span className="tag">{t("asked")}</span> : <a href={`/jobs/${job.id}`} tabIndex={-1} className="number">{job.id}</a>} {job.name}</span> },
      { key: "before", title: t("before"), width: "96px", align: "right", render: (job) => (job.asked ? <span className="muted">–</span> : when(job.before)) },
      { key: "after", title: t("after"), width: "96px", align: "right", render: (job) => <span title={job.early && job.late ? t("likely", { early: f.instant(job.early), late: f.instant(job.late) }) : ""}>{when(job.after)}</span> },
      { key: "shift", title: t("shift"), width: "92px", align: "right", render: (job) => <span className={`number ${shift(job).startsWith("−") ? "good" : ""}`}>{shift(job)}</span> },
      { key: "track", title: t("track", { from: f.short(from, ms(view.now)), until: f.short(until, ms(view.now)) }), width: "minmax(220px, 4fr)", render: (job) => <Track job={job} from={from} until={until} /> },
    ];
  }, [t, f, view, from, until]);
  return (
    <Panel flush title={t("jobs")} extra={<><span className="good number">{t("earlier", { n: f.number(view.earlier) })}</span><span className="number">{t("later", { n: f.number(view.later) })}</span></>}>
      {view.jobs.length === 0 ? <Nothing>{t("same")}</Nothing> : (
        <div className="whatif-starts" style={{ height: Math.min(520, 34 * (view.jobs.length + 1) + 8) }}>
          <VirtualTable label={t("table")} columns={columns} rows={view.jobs} minWidth={760} onOpen={(job) => !job.asked && void navigate(`/jobs/${job.id}`)} />
        </div>
      )}
    </Panel>
  );
}
