import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useLiveQuery } from "../../live/useLive";
import { useCommonWords } from "../../i18n/common";
import { Nothing, Shown } from "../../states/Shown";
import { Panel } from "../../ui/Panel";
import { KindName } from "../incidents/IncidentState";
import { useOverviewWords } from "./words";

export function NextStarts({ next }: { next: Schemas["NowStart"][] }): ReactNode {
  const t = useOverviewWords();
  const c = useCommonWords();
  const f = useFormat();
  return (
    <Panel flush title={t("next")} extra={<span className="muted small" title={t("promisedMeans")}>{t("latest")}</span>}>
      {next.length === 0 ? <Nothing>{t("noNext")}</Nothing> : (
        <ul className="list">
          {next.map((start) => (
            <li key={start.job}>
              <Link to={`/jobs/${start.job}`} className="cut list-name" title={start.name}>{start.name}</Link>
              <span className="muted cut">{start.project}</span>
              <span className="muted number">
                {Number(start.cards) > 0 ? c("unit.card", { count: Number(start.cards), n: f.number(start.cards) }) : c("unit.core", { count: Number(start.cores), n: f.number(start.cores) })}
              </span>
              <span className="list-when"><When at={start.promised} relative /></span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function OpenIncidents(): ReactNode {
  const t = useOverviewWords();
  const key = ["incidents", "newest"];
  const query = useQuery({ queryKey: key, queryFn: () => told(api.GET("/v1/incidents", { params: { query: { limit: 20 } } })), refetchInterval: 15_000 });
  useLiveQuery("incidents", key);
  return (
    <Panel flush title={t("openIncidents")} extra={<Link to="/incidents" className="small">{t("allIncidents")}</Link>}>
      <Shown query={query} isEmpty={(all) => all.length === 0} empty={<Nothing>{t("noIncidents")}</Nothing>}>
        {(all) => (
          <ul className="list list-incidents">
            {all.map((incident) => (
              <li key={incident.id}>
                <span><KindName kind={incident.kind} /></span>
                <Link to={`/incidents/${incident.id}`} className="list-message">{incident.message}</Link>
                {incident.job !== "0" ? <Link to={`/jobs/${incident.job}`} className="number">{incident.job}</Link> : <span className="mono">{incident.node}</span>}
                <span className="list-when"><When at={incident.opened_at} relative /></span>
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Panel>
  );
}
