import { lazy, Suspense, type ReactNode } from "react";
import { Link, useParams } from "react-router";
import type { Schemas } from "../../api/client";
import { Elapsed } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { Loading, Shown } from "../../states/Shown";
import { JobState } from "../../ui/JobState";
import { Panel, ScreenHead } from "../../ui/Panel";
import { Progress } from "../../ui/Progress";
import { Actions } from "./Actions";
import { Attempts } from "./Attempts";
import { Checkpoint, JobFacts } from "./JobFacts";
import { CircuitResult } from "./Result";
import { useJob } from "./useJob";
import { Why } from "./Why";
import { useJobWords } from "./words";
import "./job.css";

// The terminal is larger than the rest of this screen: it comes when the rest is there.
const Output = lazy(() => import("./Output"));

function Head({ job }: { job: Schemas["JobView"] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  return (
    <ScreenHead title={job.name}
      below={
        <>
          <JobState state={job.state} />
          <span className="number">{t("job", { id: job.id })}</span>
          {job.array_index >= 0 && <span>{t("of", { index: job.array_index })} <Link to={`/jobs?array=${job.array}`} className="number">{job.array}</Link></span>}
          {job.started_at && <Elapsed from={job.started_at} to={job.ended_at} />}
          {job.reason && job.ended_at && <span>{f.sentence(job.reason)}</span>}
        </>
      }
      actions={<Actions job={job} />} />
  );
}

function Running({ detail }: { detail: Schemas["JobDetail"] }): ReactNode {
  const t = useJobWords();
  const { job } = detail;
  if (job.state !== "running") return null;
  return (
    <div className="running">
      {job.progress && Number(job.progress.step) >= 0 ? <Progress progress={job.progress} label={t("progress")} wide /> : <p className="muted">{t("noProgress")}</p>}
      <Checkpoint detail={detail} />
    </div>
  );
}

/** One job: how it stands and why, what it writes, where and when it ran, what it cost. */
export default function Job(): ReactNode {
  const { id = "" } = useParams();
  const query = useJob(id);
  return (
    <Shown query={query} loading={<Panel title={id}><Loading lines={8} /></Panel>}>
      {(detail) => (
        <>
          <Head job={detail.job} />
          <div className="columns">
            <div>
              {!detail.job.ended_at && <Why job={detail.job}><Running detail={detail} /></Why>}
              {detail.job.kind === "quantum" && detail.job.ended_at && detail.job.attempts > 0 && <CircuitResult job={detail.job} />}
              {detail.job.attempts > 0 && <Suspense fallback={<Loading />}><Output key={id} detail={detail} /></Suspense>}
              <Attempts attempts={detail.attempts} />
            </div>
            <div>
              <JobFacts detail={detail} />
            </div>
          </div>
        </>
      )}
    </Shown>
  );
}
