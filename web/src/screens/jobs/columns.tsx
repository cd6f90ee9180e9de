import { useMemo, type ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { Elapsed, When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { JobState } from "../../ui/JobState";
import { Progress } from "../../ui/Progress";
import type { Column } from "../../ui/VirtualTable";
import { useJobsWords } from "./words";

type Job = Schemas["JobView"];

/** How far it is; or when it is expected and why it waits, or why it ended: the centre's sentence. */
function Standing({ job }: { job: Job }): ReactNode {
  const t = useJobsWords();
  const f = useFormat();
  if (job.state === "running" && job.progress) return <Progress progress={job.progress} label={t("progressOf", { id: job.id })} />;
  const when = job.start?.likely ?? job.expected_start;
  const expected = when ? t("expected", { when: f.short(when, Date.now()) }) : "";
  const said = [expected, f.sentence(job.reason)].filter(Boolean).join(" · ");
  return <span className="muted">{said}</span>;
}

export function useJobColumns(): Column<Job>[] {
  const t = useJobsWords();
  const c = useCommonWords();
  const f = useFormat();
  return useMemo<Column<Job>[]>(() => {
    const plain = (key: "user" | "project" | "partition", width: string): Column<Job> => ({
      key, title: t(`column.${key}`), width, render: (job) => job[key],
    });
    return [
      { key: "id", fits: true, title: t("column.id"), width: "64px", align: "right", render: (job) => <a href={`/jobs/${job.id}`} tabIndex={-1} className="number">{job.id}</a> },
      { key: "state", fits: true, title: t("column.state"), width: "92px", render: (job) => <JobState state={job.state} /> },
      {
        key: "name", title: t("column.name"), width: "minmax(150px, 2fr)",
        render: (job) => (
          <span title={job.array_index >= 0 ? `${job.name} · ${t("element", { index: job.array_index, array: job.array })}` : job.name}>
            {job.name}{job.array_index >= 0 && <span className="muted"> [{job.array_index}]</span>}
          </span>
        ),
      },
      { key: "kind", title: t("column.kind"), width: "minmax(114px, 0.6fr)", render: (job) => c(`kind.${job.kind}`) },
      plain("user", "minmax(56px, 0.6fr)"),
      plain("project", "minmax(72px, 0.7fr)"),
      plain("partition", "minmax(56px, 0.6fr)"),
      { key: "cores", fits: true, title: t("column.cores"), width: "56px", align: "right", render: (job) => <span className="number">{f.number(job.cores)}</span> },
      { key: "cards", fits: true, title: t("column.cards"), width: "52px", align: "right", render: (job) => (job.cards > 0 ? <span className="number">{f.number(job.cards)}</span> : <span className="muted">–</span>) },
      { key: "submitted", fits: true, title: t("column.submitted"), width: "84px", align: "right", render: (job) => <When at={job.submitted_at} /> },
      { key: "ran", fits: true, title: t("column.ran"), width: "88px", align: "right", render: (job) => <Elapsed from={job.started_at} to={job.ended_at} /> },
      { key: "standing", title: t("column.standing"), width: "minmax(160px, 4fr)", render: (job) => <Standing job={job} /> },
    ];
  }, [t, c, f]);
}
