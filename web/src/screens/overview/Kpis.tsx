import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useOverviewWords } from "./words";

function Kpi({ name, value, below, to, alarm = false }: { name: string; value: string; below?: string; to?: string; alarm?: boolean }): ReactNode {
  const figure = <b className={alarm ? "kpi-value kpi-alarm number" : "kpi-value number"}>{value}</b>;
  return (
    <li className="kpi">
      <span className="muted">{name}</span>
      {to ? <Link to={to} aria-label={`${name}: ${value}`}>{figure}</Link> : figure}
      <span className="muted small">{below || " "}</span>
    </li>
  );
}

const sum = (work: Schemas["NowWork"][], field: "running" | "starting" | "queued" | "held"): number =>
  work.reduce((total, each) => total + Number(each[field]), 0);

/** The figures that an operator looks at first; each leads to the jobs that it counts. */
export function Kpis({ now }: { now: Schemas["NowView"] }): ReactNode {
  const t = useOverviewWords();
  const f = useFormat();
  const [running, starting, queued, held] = [sum(now.work, "running"), sum(now.work, "starting"), sum(now.work, "queued"), sum(now.work, "held")];
  const { up, drained, down } = now.nodes;
  const away = Number(drained) + Number(down);
  const centre = useQuery({ queryKey: ["centre"], queryFn: () => told(api.GET("/v1/centre")) });
  const virtual = Number(centre.data?.nodes_virtual ?? 0);
  const nodesBelow = [
    away > 0 ? t("nodesAway", { drained: f.number(drained), down: f.number(down) }) : t("nodesOf", { all: f.number(Number(up) + away) }),
    ...(virtual > 0 ? [t("nodesVirtual", { n: f.number(virtual) })] : []),
  ].join(" · ");
  return (
    <ul className="kpis">
      <Kpi name={t("running")} value={f.number(running)} below={starting > 0 ? t("startingToo", { n: f.number(starting) }) : ""} to="/jobs?state=running" />
      <Kpi name={t("waiting")} value={f.number(queued)} below={held > 0 ? t("heldToo", { n: f.number(held) }) : ""} to="/jobs?state=queued" />
      <Kpi name={t("promises")} value={f.number(now.promises)} to="/jobs?state=queued" />
      <Kpi name={t("nodesUp")} value={f.number(up)} below={nodesBelow} />
      <Kpi name={t("incidents")} value={f.number(now.incidents)} alarm={Number(now.incidents) > 0} to="/incidents" />
    </ul>
  );
}
