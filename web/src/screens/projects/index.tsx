import type { ReactNode } from "react";
import { Link } from "react-router";
import { useProjects } from "../../api/directory";
import { useWho } from "../../auth/session";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { Opens } from "../../ui/Opens";
import { Panel, ScreenHead } from "../../ui/Panel";
import { Budget } from "./Budget";
import { ProjectForm } from "./Forms";
import { branchesOf, type Branch } from "./tree";
import { useProjectsWords } from "./words";
import "./projects.css";

function Row({ branch: { project, depth, part } }: { branch: Branch }): ReactNode {
  const f = useFormat();
  const credits = (value: string): ReactNode => (project.has_budget || value !== "0" ? f.number(value, 3) : <span className="muted">–</span>);
  return (
    <tr>
      <th scope="row" style={{ paddingLeft: 12 + depth * 20 }}>
        {depth > 0 && <span aria-hidden className="branch" />}
        <Link to={`/projects/${encodeURIComponent(project.name)}`}>{project.name}</Link>
      </th>
      <td className="right number">{f.number(project.shares)}</td>
      <td className="right number muted">{f.percent(part, 1)}</td>
      <td className="right number">{f.number(project.merit)}</td>
      <td className="budget-cell"><Budget project={project} /></td>
      <td className="right number">{credits(project.granted)}</td>
      <td className="right number">{credits(project.charged)}</td>
      <td className="right number">{credits(project.reserved)}</td>
      <td className="right number">{project.has_budget ? <b className={Number(project.available) <= 0 ? "bad" : ""}>{f.number(project.available, 3)}</b> : <span className="muted">–</span>}</td>
      <td className="right number">{f.hours(project.recent_use)}</td>
    </tr>
  );
}

/** Who pays: the tree of projects, what each may have, and what is left of its budget. */
export default function Projects(): ReactNode {
  const t = useProjectsWords();
  const f = useFormat();
  const { role } = useWho();
  const query = useProjects();
  return (
    <>
      <ScreenHead title={t("title")} below={query.data && <span role="status">{t("count", { n: f.number(query.data.length) })}</span>}
        actions={role === "operator" && <Opens primary label={t("make")}>{(close) => <ProjectForm onClose={close} />}</Opens>} />
      <Panel flush title={<>{t("tree")} <span className="muted small">{t("credits")}</span></>}>
        <Shown query={query} isEmpty={(all) => all.length === 0} empty={<Nothing>{t("none")}</Nothing>}>
          {(all) => (
            <div className="table-scroll">
              <table className="table projects">
                <thead>
                  <tr>
                    <th scope="col">{t("name")}</th><th scope="col" className="right" title={t("sharesMeans")}>{t("shares")}</th><th scope="col" className="right" title={t("partMeans")}>{t("part")}</th>
                    <th scope="col" className="right" title={t("meritMeans")}>{t("merit")}</th><th scope="col">{t("budget")}</th><th scope="col" className="right">{t("granted")}</th>
                    <th scope="col" className="right">{t("charged")}</th><th scope="col" className="right">{t("reserved")}</th><th scope="col" className="right">{t("left")}</th>
                    <th scope="col" className="right" title={t("recentMeans")}>{t("recent")}</th>
                  </tr>
                </thead>
                <tbody>{branchesOf(all).map((branch) => <Row key={branch.project.name} branch={branch} />)}</tbody>
              </table>
            </div>
          )}
        </Shown>
      </Panel>
    </>
  );
}
