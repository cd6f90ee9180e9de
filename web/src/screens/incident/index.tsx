import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { Elapsed, When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useLiveQuery } from "../../live/useLive";
import { Loading, Nothing, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { Panel, ScreenHead } from "../../ui/Panel";
import { IncidentState, KindName } from "../incidents/IncidentState";
import { Close } from "./Close";
import { ConcernedJob, ConcernedNode } from "./Concerned";
import { useIncidentWords } from "./words";
import "../incidents/incidents.css";

const address = (changes: Record<string, string>): string => `/incidents?${new URLSearchParams({ show: "all", ...changes }).toString()}`;

function Happened({ incident }: { incident: Schemas["IncidentView"] }): ReactNode {
  const t = useIncidentWords();
  const f = useFormat();
  return (
    <Panel title={t("happened")}>
      <p className="incident-message">{f.sentence(incident.message)}</p>
      {incident.what_to_do !== "" && (
        <div className="incident-todo">
          <h3>{t("todo")}</h3>
          <p>{incident.what_to_do}</p>
        </div>
      )}
    </Panel>
  );
}

function About({ incident }: { incident: Schemas["IncidentView"] }): ReactNode {
  const t = useIncidentWords();
  return (
    <Panel title={t("facts")}>
      <Facts facts={[
        [t("kind"), <KindName kind={incident.kind} />],
        [t("opened"), <When at={incident.opened_at} />],
        [t("closed"), incident.closed_at && <When at={incident.closed_at} />],
        [t("after"), <Elapsed from={incident.opened_at} to={incident.closed_at} />],
        [t("how"), incident.closed_at && (incident.how || <span className="muted">{t("notSaid")}</span>)],
        [t("more"), (
          <>
            {incident.node && <><Link to={address({ node: incident.node })}>{t("sameNode")}</Link><br /></>}
            <Link to={address({ kind: incident.kind })}>{t("sameKind")}</Link>
          </>
        )],
      ]} />
    </Panel>
  );
}

/** One incident: what happened, to whom and where, what an operator does about it; and how it was closed. */
export default function Incident(): ReactNode {
  const t = useIncidentWords();
  const { id = "" } = useParams();
  const key = ["incidents", "one", id];
  const query = useQuery({
    queryKey: key,
    // The list has the newest first: the first one that is not newer is the one, or there is none.
    queryFn: ({ signal }) => told(api.GET("/v1/incidents", { params: { query: { all: true, before: Number(id) + 1, limit: 1 } }, signal })),
    select: (all) => all.filter((each) => each.id === id),
    refetchInterval: 15_000,
  });
  useLiveQuery("incidents", key, { concerns: (news) => "reset" in news || news.incident.id === id });
  return (
    <Shown query={query} loading={<Panel title={t("number", { id })}><Loading lines={6} /></Panel>} isEmpty={(found) => found.length === 0}
      empty={<Nothing action={<Link to="/incidents">{t("all")}</Link>}>{t("unknown", { id })}</Nothing>}>
      {([incident]) => incident && (
        <>
          <ScreenHead title={t("number", { id })} below={<><IncidentState incident={incident} /><KindName kind={incident.kind} /><When at={incident.opened_at} relative /></>}
            actions={!incident.closed_at && <Close id={id} />} />
          <div className="columns">
            <div>
              <Happened incident={incident} />
              <ConcernedJob incident={incident} />
            </div>
            <div>
              <About incident={incident} />
              <ConcernedNode name={incident.node} />
            </div>
          </div>
        </>
      )}
    </Shown>
  );
}
