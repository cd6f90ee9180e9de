import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { Elapsed } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { JobState } from "../../ui/JobState";
import { Panel } from "../../ui/Panel";
import { attemptNumber } from "../job/Attempts";
import { useIncidentWords } from "./words";

type Incident = Schemas["IncidentView"];

/** The job and the attempt that it is about, as they are now. */
export function ConcernedJob({ incident }: { incident: Incident }): ReactNode {
  const t = useIncidentWords();
  const query = useQuery({
    queryKey: ["job", incident.job], enabled: incident.job !== "0",
    queryFn: ({ signal }) => told(api.GET("/v1/jobs/{id}", { params: { path: { id: incident.job } }, signal })),
  });
  if (incident.job === "0") return <Panel title={t("job")}><p className="muted">{t("noJob")}</p></Panel>;
  return (
    <Panel title={<>{t("job")} <Link to={`/jobs/${incident.job}`} className="number">{incident.job}</Link></>}>
      <Shown query={query} empty={<Nothing>{t("jobGone")}</Nothing>}>
        {({ job, attempts }) => {
          const attempt = attempts.find((each) => attemptNumber(each) === String(incident.attempt));
          return (
            <Facts facts={[
              [t("name"), <Link to={`/jobs/${job.id}`}>{job.name}</Link>],
              [t("state"), <JobState state={job.state} />],
              [t("user"), <Link to={`/jobs?user=${encodeURIComponent(job.user)}`}>{job.user}</Link>],
              [t("project"), <Link to={`/projects/${encodeURIComponent(job.project)}`}>{job.project}</Link>],
              [t("attempt", { n: incident.attempt }), attempt && <Elapsed from={attempt.started_at ?? attempt.granted_at} to={attempt.ended_at} />],
              [t("outcome"), attempt?.ended_at && attempt.outcome],
              [t("message"), attempt?.message],
              [t("where"), attempt?.nodes.join(", ")],
            ]} />
          );
        }}
      </Shown>
    </Panel>
  );
}

export function ConcernedNode({ name }: { name: string }): ReactNode {
  const t = useIncidentWords();
  const f = useFormat();
  const query = useQuery({
    queryKey: ["node", name], enabled: name !== "",
    queryFn: ({ signal }) => told(api.GET("/v1/nodes/{name}", { params: { path: { name } }, signal })),
  });
  if (!name) return <Panel title={t("node")}><p className="muted">{t("noNode")}</p></Panel>;
  return (
    <Panel title={<>{t("node")} <span className="mono">{name}</span></>}>
      <Shown query={query}>
        {(node) => (
          <Facts facts={[
            [t("state"), node.state],
            [t("why"), node.why],
            [t("partition"), <Link to={`/ledger?partition=${encodeURIComponent(node.partition)}`}>{node.partition}</Link>],
            [t("cores"), `${f.number(node.cores - node.cores_free)} / ${f.number(node.cores)}`],
            [t("jobsHere"), node.jobs.length > 0 && node.jobs.slice(0, 20).map((id, i) => <span key={id}>{i > 0 && ", "}<Link to={`/jobs/${id}`} className="number">{id}</Link></span>)],
          ]} />
        )}
      </Shown>
    </Panel>
  );
}
