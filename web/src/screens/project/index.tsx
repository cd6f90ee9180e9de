import { useQuery } from "@tanstack/react-query";
import { Fragment, type ReactNode } from "react";
import { Link, useParams } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { useProjects, useUsers } from "../../api/directory";
import { useWho } from "../../auth/session";
import { useFormat } from "../../format/useFormat";
import { When } from "../../format/When";
import { Loading, Nothing, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { Opens } from "../../ui/Opens";
import { Panel, ScreenHead } from "../../ui/Panel";
import { Budget } from "../projects/Budget";
import { GrantForm, ProjectForm } from "../projects/Forms";
import { useProjectsWords } from "../projects/words";
import "../projects/projects.css";

type Project = Schemas["ProjectView"];
const limit = 200;
const addressOf = (name: string): string => `/projects/${encodeURIComponent(name)}`;
const listed = (names: string[], to: (name: string) => string): ReactNode =>
  names.map((name, i) => <Fragment key={name}>{i > 0 && ", "}<Link to={to(name)}>{name}</Link></Fragment>);

function Credits({ project }: { project: Project }): ReactNode {
  const t = useProjectsWords();
  const f = useFormat();
  const figures = [["granted", project.granted], ["charged", project.charged], ["reserved", project.reserved], ["left", project.available]] as const;
  return (
    <Panel title={<>{t("budget")} <span className="muted small">{t("credits")}</span></>}>
      <div className="credits">
        {figures.map(([name, value]) => (
          <div key={name}><span className="muted">{t(name)}</span><b className={name === "left" && project.has_budget && Number(value) <= 0 ? "number bad" : "number"}>{name === "left" && !project.has_budget ? "–" : f.number(value, 3)}</b></div>
        ))}
      </div>
      <Budget project={project} />
    </Panel>
  );
}

function Postings({ name }: { name: string }): ReactNode {
  const t = useProjectsWords();
  const f = useFormat();
  const account = `project:${name}`;
  const query = useQuery({
    queryKey: ["postings", account, limit], refetchInterval: 15_000,
    queryFn: ({ signal }) => told(api.GET("/v1/postings", { params: { query: { account, limit } }, signal })),
  });
  return (
    <Panel flush title={<>{t("postings")} {query.data?.length === limit && <span className="muted small">{t("newest", { n: limit })}</span>}</>}>
      <Shown query={query} isEmpty={(rows) => rows.length === 0} empty={<Nothing>{t("noPostings")}</Nothing>}>
        {(rows) => (
          <div className="table-scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("at")}</th><th scope="col" className="right">{t("amount")}</th><th scope="col">{t("from")}</th><th scope="col">{t("to")}</th>
                  <th scope="col">{t("attempt")}</th><th scope="col">{t("text")}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row, i) => (
                  <tr key={i}>
                    <td><When at={row.at} /></td>
                    <td className="right number">{f.number(row.amount, 6)}</td>
                    <td className="mono">{row.debit}</td>
                    <td className="mono">{row.credit}</td>
                    <td className="number">{row.attempt && !row.attempt.startsWith("0.") ? <Link to={`/jobs/${row.attempt.split(".")[0]}`}>{row.attempt}</Link> : <span className="muted">–</span>}</td>
                    <td>{row.text}</td>
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

function About({ project, all }: { project: Project; all: Project[] }): ReactNode {
  const t = useProjectsWords();
  const f = useFormat();
  const users = useUsers();
  const below = all.filter((each) => each.parent === project.name).map((each) => each.name);
  const members = (users.data ?? []).filter((user) => user.projects.includes(project.name)).map((user) => user.name);
  return (
    <Panel title={t("facts")}>
      <Facts facts={[
        [t("parent"), project.parent ? <Link to={addressOf(project.parent)}>{project.parent}</Link> : t("root")],
        [t("below"), below.length > 0 && listed(below, addressOf)],
        [<span title={t("sharesMeans")}>{t("shares")}</span>, f.number(project.shares)],
        [<span title={t("meritMeans")}>{t("merit")}</span>, f.number(project.merit)],
        [<span title={t("recentMeans")}>{t("recent")}</span>, f.hours(project.recent_use)],
        [t("members"), users.data && (members.length > 0 ? listed(members, (name) => `/jobs?user=${encodeURIComponent(name)}`) : <span className="muted">{t("noMembers")}</span>)],
      ]} />
    </Panel>
  );
}

/** One project: its budget, its postings, who may use it, where it stands in the tree. */
export default function ProjectScreen(): ReactNode {
  const t = useProjectsWords();
  const { name = "" } = useParams();
  const { role } = useWho();
  const query = useProjects();
  const word = encodeURIComponent(name);
  return (
    <Shown query={query} loading={<Panel title={name}><Loading lines={6} /></Panel>} isEmpty={(all) => !all.some((each) => each.name === name)}
      empty={<Nothing action={<Link to="/projects">{t("all")}</Link>}>{t("unknown", { name })}</Nothing>}>
      {(all) => {
        const project = all.find((each) => each.name === name)!;
        return (
          <>
            <ScreenHead title={name} below={<><Link to={`/jobs?project=${word}`}>{t("jobs")}</Link><Link to={`/ledger?period=month&project=${word}`}>{t("ledger")}</Link></>}
              actions={role === "operator" && (
                <>
                  <Opens label={t("change")}>{(close) => <ProjectForm project={project} onClose={close} />}</Opens>
                  <Opens primary label={t("grant")}>{(close) => <GrantForm project={project} onClose={close} />}</Opens>
                </>
              )} />
            <div className="columns">
              <div><Credits project={project} /><Postings name={name} /></div>
              <div><About project={project} all={all} /></div>
            </div>
          </>
        );
      }}
    </Shown>
  );
}
