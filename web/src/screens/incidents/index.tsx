import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Segmented } from "antd";
import { useCallback, useMemo, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { useNodes } from "../../api/directory";
import { useFormat } from "../../format/useFormat";
import { When } from "../../format/When";
import { useLiveQuery } from "../../live/useLive";
import { Nothing, Shown } from "../../states/Shown";
import { Choice } from "../../ui/Choice";
import { ScreenHead } from "../../ui/Panel";
import { useAddress } from "../../ui/useAddress";
import { VirtualTable, type Column } from "../../ui/VirtualTable";
import { filterOf, isNarrowed, matching, queryOf, type Filter, type Which } from "./filter";
import { IncidentState, KindName } from "./IncidentState";
import { incidentKinds, isKnownKind, useIncidentKinds } from "./kinds";
import { useIncidentsWords } from "./words";
import "../jobs/jobs.css";
import "./incidents.css";

type Incident = Schemas["IncidentView"];
const most = 10_000;
const distinct = (words: string[]): string[] => [...new Set(words.filter((word) => word && word !== "0"))].sort();

function useColumns(): Column<Incident>[] {
  const t = useIncidentsWords();
  const f = useFormat();
  return useMemo<Column<Incident>[]>(() => [
    { key: "id", title: t("column.id"), width: "56px", align: "right", render: (each) => <a href={`/incidents/${each.id}`} tabIndex={-1} className="number">{each.id}</a> },
    { key: "state", title: t("column.state"), width: "84px", render: (each) => <IncidentState incident={each} /> },
    { key: "kind", title: t("column.kind"), width: "132px", render: (each) => <KindName kind={each.kind} /> },
    { key: "message", title: t("column.message"), width: "minmax(240px, 5fr)", render: (each) => f.sentence(each.message) },
    { key: "job", title: t("column.job"), width: "72px", align: "right", render: (each) => (each.job === "0" ? <span className="muted">–</span> : <span className="number">{each.job}</span>) },
    { key: "node", title: t("column.node"), width: "minmax(88px, 1fr)", render: (each) => (each.node ? each.node : <span className="muted">–</span>) },
    { key: "opened", title: t("column.opened"), width: "92px", align: "right", render: (each) => <When at={each.opened_at} /> },
  ], [t, f]);
}

function Filters({ filter, all, onChange }: { filter: Filter; all: Incident[]; onChange: (changes: Record<string, string>) => void }): ReactNode {
  const t = useIncidentsWords();
  const k = useIncidentKinds();
  const nodes = useNodes();
  const kinds = distinct([...incidentKinds, ...all.map((each) => each.kind), filter.kind]);
  return (
    <div className="filters" role="search">
      <Segmented aria-label={t("shown")} value={filter.which} onChange={(which: Which) => onChange({ show: which === "open" ? "" : which })}
        options={(["open", "closed", "all"] as const).map((value) => ({ value, label: t(`show.${value}`) }))} />
      <span data-search>
        <Input allowClear value={filter.text} aria-label={t("search")} placeholder={t("search")} style={{ width: 240 }} prefix={<SearchOutlined className="muted" aria-hidden />}
          onChange={(event) => onChange({ text: event.target.value })} />
      </span>
      <Choice label={t("kind")} value={filter.kind} options={kinds.map((value) => ({ value, label: isKnownKind(value) ? k(`name.${value}`) : value }))} onChange={(kind) => onChange({ kind })} width={170} />
      <Choice label={t("node")} value={filter.node} options={distinct([...(nodes.data ?? []).map((each) => each.name), ...all.map((each) => each.node), filter.node])} onChange={(node) => onChange({ node })} />
      <Choice label={t("job")} value={filter.job} options={distinct([...all.map((each) => each.job), filter.job])} onChange={(job) => onChange({ job })} width={110} />
      {isNarrowed(filter) && <Button type="link" onClick={() => onChange({ kind: "", node: "", job: "", text: "" })}>{t("clear")}</Button>}
    </div>
  );
}

/** What an operator should know: open ones, or all. The filter is the address. */
export default function Incidents(): ReactNode {
  const t = useIncidentsWords();
  const f = useFormat();
  const navigate = useNavigate();
  const [search, change] = useAddress();
  const filter = useMemo(() => filterOf(search), [search]);
  const open = filter.which === "open";
  const question = queryOf(filter);
  const key = ["incidents", question];
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => told(api.GET("/v1/incidents", { params: { query: { ...question, limit: most } }, signal })),
    refetchInterval: 15_000, placeholderData: (before) => before,
  });
  useLiveQuery("incidents", key);
  const rows = useMemo(() => matching(query.data ?? [], filter), [query.data, filter]);
  const columns = useColumns();
  const go = useCallback((incident: Incident) => void navigate(`/incidents/${incident.id}`), [navigate]);
  const shown = [t("count", { n: f.number(rows.length) }), ...(query.data?.length === most ? [t("newest", { n: f.number(most) })] : [])].join(" · ");
  return (
    <>
      <ScreenHead title={t("title")} below={query.data && <span role="status">{shown}</span>} />
      <section className="panel jobs">
        <Filters filter={filter} all={query.data ?? []} onChange={change} />
        <Shown query={query} isEmpty={() => rows.length === 0} empty={<Nothing>{isNarrowed(filter) || !open ? t("none") : t("allWell")}</Nothing>}>
          {() => <VirtualTable label={t("table")} columns={columns} rows={rows} onOpen={go} minWidth={900} />}
        </Shown>
      </section>
    </>
  );
}
