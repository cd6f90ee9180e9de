import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { Elapsed, When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useLive, useLiveQuery } from "../../live/useLive";
import { Loading, Nothing, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { JobState } from "../../ui/JobState";
import { Panel, ScreenHead } from "../../ui/Panel";
import { Progress } from "../../ui/Progress";
import { Service } from "../../ui/Service";
import { isDrained, ServiceState } from "../../ui/ServiceState";
import { StackBar } from "../../ui/StackBar";
import { NodeCards } from "./NodeCards";
import { useNodeWords } from "./words";
import "./node.css";

type Node = Schemas["NodeView"];
const jobsMost = 30;

/** What the centre's jobs and others hold of the node, and what is free. */
function Use({ node }: { node: Node }): ReactNode {
  const t = useNodeWords();
  const f = useFormat();
  const pieces = (all: number, free: number, others: number): { name: string; label: string; value: number; said: string; colour: string }[] => [
    { name: t("byJobs"), label: t("byJobs"), value: all - free - others, said: f.number(all - free - others), colour: "var(--class-busy)" },
    { name: t("byOthers"), label: t("byOthers"), value: others, said: f.number(others), colour: "var(--class-others)" },
    { name: t("free"), label: t("free"), value: free, said: f.number(free), colour: "var(--class-unwanted)" },
  ];
  const [memory, memoryFree] = [Number(node.memory_bytes), Number(node.memory_free_bytes)];
  return (
    <div className="node-use">
      <div><div className="pool-head"><b>{t("cores")}</b><span className="number">{f.number(node.cores)}</span></div><StackBar label={t("cores")} pieces={pieces(node.cores, node.cores_free, node.cores_others)} /></div>
      {node.cards > 0 && (
        <div><div className="pool-head"><span><b>{t("cards")}</b> <span className="muted">{node.card_type}</span></span><span className="number">{f.number(node.cards)}</span></div><StackBar label={t("cards")} pieces={pieces(node.cards, node.cards_free, node.cards_others)} /></div>
      )}
      <div>
        <div className="pool-head"><b>{t("memory")}</b><span className="number">{f.bytes(memory)}</span></div>
        <StackBar label={t("memory")} pieces={[
          { name: t("used"), label: t("used"), value: memory - memoryFree, said: f.bytes(memory - memoryFree), colour: "var(--class-busy)" },
          { name: t("free"), label: t("free"), value: memoryFree, said: f.bytes(memoryFree), colour: "var(--class-unwanted)" },
        ]} />
      </div>
      {node.others_until && <p className="muted">{t("othersUntil")} <When at={node.others_until} /></p>}
    </div>
  );
}

function Jobs({ node }: { node: Node }): ReactNode {
  const t = useNodeWords();
  const f = useFormat();
  const shown = node.jobs.slice(0, jobsMost);
  const asked = useQueries({
    queries: shown.map((id) => ({ queryKey: ["job", id], queryFn: ({ signal }: { signal: AbortSignal }) => told(api.GET("/v1/jobs/{id}", { params: { path: { id } }, signal })) })),
  });
  const client = useQueryClient();
  useLive("jobs", (news) => {
    for (const each of news) if ("job" in each && node.jobs.includes(each.job.id)) void client.invalidateQueries({ queryKey: ["job", each.job.id] });
  });
  if (shown.length === 0) return <Nothing>{t("noJobs")}</Nothing>;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t("jobs")}>
      <table className="table">
        <thead>
          <tr>{(["job", "name", "jobState", "user", "project"] as const).map((each) => <th key={each} scope="col">{t(each)}</th>)}<th scope="col" className="right">{t("cores")}</th><th scope="col" className="right">{t("cards")}</th><th scope="col">{t("ran")}</th><th scope="col">{t("progress")}</th></tr>
        </thead>
        <tbody>
          {shown.map((id, i) => {
            const job = asked[i]?.data?.job;
            return (
              <tr key={id}>
                <td className="number"><Link to={`/jobs/${id}`}>{id}</Link></td>
                {job ? (
                  <>
                    <td>{job.name}</td><td><JobState state={job.state} /></td><td>{job.user}</td><td>{job.project}</td>
                    <td className="right number">{f.number(job.cores)}</td><td className="right number">{job.cards > 0 ? f.number(job.cards) : "–"}</td>
                    <td><Elapsed from={job.started_at} to={job.ended_at} /></td><td><Progress progress={job.progress} label={t("progress")} /></td>
                  </>
                ) : <td colSpan={8} className="muted">…</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
      {node.jobs.length > jobsMost && <p className="muted node-more">{t("more", { n: f.number(node.jobs.length - jobsMost) })}</p>}
    </div>
  );
}

/** One node: what it has, who holds it, which limits hold there. */
export default function NodePage(): ReactNode {
  const { name = "" } = useParams();
  const t = useNodeWords();
  const f = useFormat();
  const client = useQueryClient();
  const key = ["node", name];
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => told(api.GET("/v1/nodes/{name}", { params: { path: { name } }, signal })) });
  useLiveQuery("nodes", key, { every: 500, concerns: (news) => "reset" in news || news.node.name === name });
  return (
    <Shown query={query} loading={<Panel title={name}><Loading lines={8} /></Panel>}>
      {(node) => (
        <>
          <ScreenHead title={node.name} below={<><ServiceState state={node.state} />{node.is_virtual && <span className="tag">{t("virtual")}</span>}{node.why && <span>{node.why}</span>}</>}
            actions={
              <Service name={node.name} isOut={isDrained(node.state)} onDone={() => void client.invalidateQueries({ queryKey: key })}
                drain={(reason) => told(api.POST("/v1/nodes/{name}/drain", { params: { path: { name } }, body: { reason } }))}
                resume={() => told(api.POST("/v1/nodes/{name}/resume", { params: { path: { name } } }))} />
            } />
          <div className="columns">
            <div>
              <Panel title={t("use")}><Use node={node} /></Panel>
              {node.cards > 0 && <NodeCards name={node.name} />}
              <Panel flush title={t("jobs")}><Jobs node={node} /></Panel>
            </div>
            <div>
              <Panel title={t("facts")}>
                <Facts facts={[
                  [t("partition"), <Link to={`/nodes?partition=${encodeURIComponent(node.partition)}`}>{node.partition}</Link>],
                  [t("switch"), node.switch_name && <Link to={`/nodes?q=${encodeURIComponent(node.switch_name)}`}>{node.switch_name}</Link>],
                  [t("engine"), node.engine || t("thisMachine")],
                  [t("cores"), <span className="number">{f.number(node.cores)}</span>],
                  [t("memory"), <span className="number">{f.bytes(node.memory_bytes)}</span>],
                  [t("cards"), node.cards > 0 && <span className="number">{f.number(node.cards)} × {node.card_type}</span>],
                ]} />
              </Panel>
              {node.limits.length > 0 && (
                <Panel flush title={t("limits")}>
                  <table className="table">
                    <thead><tr><th scope="col">{t("limit")}</th><th scope="col">{t("enforced")}</th><th scope="col">{t("how")}</th></tr></thead>
                    <tbody>{node.limits.map((limit) => <tr key={limit.limit}><td>{limit.limit}</td><td>{limit.enforced ? <span className="good">✓ {t("yes")}</span> : <span className="node-not">✗ {t("no")}</span>}</td><td className="muted">{limit.how}</td></tr>)}</tbody>
                  </table>
                </Panel>
              )}
            </div>
          </div>
        </>
      )}
    </Shown>
  );
}
