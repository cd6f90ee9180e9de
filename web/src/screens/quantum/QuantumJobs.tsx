import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { api, told } from "../../api/client";
import { When } from "../../format/When";
import { useLiveQuery } from "../../live/useLive";
import { Nothing, Shown } from "../../states/Shown";
import { JobState } from "../../ui/JobState";
import { Panel } from "../../ui/Panel";
import { useQuantumWords } from "./words";

/** The newest work that asks for quantum devices; what a circuit measured is on its job's page. */
export function QuantumJobs(): ReactNode {
  const t = useQuantumWords();
  const key = ["jobs-quantum"];
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => told(api.GET("/v1/jobs", { params: { query: { kind: "quantum", all: true, limit: 12 } }, signal })) });
  useLiveQuery("jobs", key, { concerns: (news) => "reset" in news || ("job" in news && news.job.kind === "quantum") });
  return (
    <Panel flush title={t("jobs")} extra={<Link to="/jobs?kind=quantum">{t("allJobs")}</Link>}>
      <Shown query={query} isEmpty={(jobs) => jobs.length === 0} empty={<Nothing>{t("noJobs")}</Nothing>}>
        {(jobs) => (
          <div className="table-scroll">
            <table className="table">
              <thead>
                <tr>
                  {(["id", "name", "state", "user", "project"] as const).map((each) => <th key={each} scope="col">{t(`column.${each}`)}</th>)}
                  <th scope="col" className="right">{t("column.submitted")}</th>
                </tr>
              </thead>
              <tbody>
                {jobs.map((job) => (
                  <tr key={job.id}>
                    <td className="number">{job.id}</td>
                    <td><Link to={`/jobs/${job.id}`}>{job.name}</Link></td>
                    <td><JobState state={job.state} /></td>
                    <td>{job.user}</td>
                    <td className="muted">{job.project}</td>
                    <td className="right"><When at={job.submitted_at} relative /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Shown>
    </Panel>
  );
}
