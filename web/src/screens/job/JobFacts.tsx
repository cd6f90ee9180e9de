import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Facts } from "../../ui/Facts";
import { Panel } from "../../ui/Panel";
import { useJobWords } from "./words";

const filtered = (word: string, value: string): ReactNode => <Link to={`/jobs?${new URLSearchParams({ [word]: value }).toString()}`}>{value}</Link>;

export function JobFacts({ detail }: { detail: Schemas["JobDetail"] }): ReactNode {
  const t = useJobWords();
  const c = useCommonWords();
  const f = useFormat();
  const { job } = detail;
  return (
    <Panel title={t("facts")}>
      <Facts facts={[
        [t("user"), filtered("user", job.user)],
        [t("project"), filtered("project", job.project)],
        [t("partition"), filtered("partition", job.partition)],
        [t("kind"), c(`kind.${job.kind}`)],
        [t("priorityClass"), job.priority_class],
        [t("tasks"), detail.tasks_least > 0 ? t("tasksRange", { least: f.number(detail.tasks_least), most: f.number(job.tasks) }) : f.number(job.tasks)],
        [t("cores"), f.number(job.cores)],
        [t("cards"), job.cards > 0 && f.number(job.cards)],
        [t("nodes"), job.nodes.length > 0 && <>{job.nodes.join(", ")} {job.is_virtual && <span className="tag">{t("virtual")}</span>}</>],
        [t("submitted"), <When at={job.submitted_at} />],
        [t("started"), job.started_at && <When at={job.started_at} />],
        [t("ended"), job.ended_at && <When at={job.ended_at} />],
        [t("wall"), detail.wall_ms && f.duration(detail.wall_ms)],
        [t("ran"), detail.ran_ms !== "0" && f.duration(detail.ran_ms)],
        [t("exit"), job.ended_at && job.attempts > 0 && <span className="number">{job.exit_code}</span>],
        [t("charged"), t("chargedUnit", { n: f.number(job.charged, 3) })],
        [t("workdir"), detail.workdir && <span className="mono">{detail.workdir}</span>],
        [t("comment"), detail.comment],
      ]} />
    </Panel>
  );
}

/** Step, whole, and the newest checkpoint, as the job itself said. */
export function Checkpoint({ detail }: { detail: Schemas["JobDetail"] }): ReactNode {
  const t = useJobWords();
  const checkpoint = detail.job.progress?.checkpoint || detail.attempts.at(-1)?.checkpoint;
  if (!checkpoint) return null;
  return <p className="checkpoint"><span className="muted">{t("checkpoint")}</span> <span className="mono">{checkpoint}</span></p>;
}
