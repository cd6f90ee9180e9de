import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Input, Segmented, Select } from "antd";
import { useCallback, useMemo, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, told } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { ScreenHead } from "../../ui/Panel";
import { isInService } from "../../ui/ServiceState";
import { VirtualTable } from "../../ui/VirtualTable";
import { useNodeColumns } from "./columns";
import { colourings, type Colouring } from "./looks";
import { MapView } from "./MapView";
import { useCards } from "./useCards";
import { useNodes, type Node } from "./useNodes";
import { useNodesWords } from "./words";
import "./nodes.css";

const sum = (nodes: readonly Node[], of: (node: Node) => number): number => nodes.reduce((all, node) => all + of(node), 0);

function LiveMap({ shown, by, onOpen }: { shown: readonly Node[]; by: Colouring; onOpen: (name: string) => void }): ReactNode {
  const query = useCards();
  return <Shown query={query}>{(view) => <MapView view={view} known={shown} by={by} onOpen={onOpen} />}</Shown>;
}

/** All nodes and cards, as a map or a list. How to look is in the address. */
export default function Nodes(): ReactNode {
  const t = useNodesWords();
  const f = useFormat();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const isList = search.get("view") === "list";
  const by = colourings.find((each) => each === search.get("by")) ?? "class";
  const [partition, word] = [search.get("partition") ?? "", search.get("q") ?? ""];
  const set = useCallback((name: string, value: string) => setSearch((before) => {
    const next = new URLSearchParams(before);
    if (value) next.set(name, value);
    else next.delete(name);
    return next;
  }, { replace: true }), [setSearch]);
  const query = useNodes();
  const centre = useQuery({ queryKey: ["centre"], queryFn: () => told(api.GET("/v1/centre")) });
  const columns = useNodeColumns();
  const shown = useMemo(() => {
    const wanted = word.toLowerCase();
    return (query.data ?? []).filter((node) => (!partition || node.partition === partition) &&
      (!wanted || [node.name, node.switch_name, node.state, node.card_type].some((text) => text.toLowerCase().includes(wanted))));
  }, [query.data, partition, word]);
  const openNamed = useCallback((name: string) => void navigate(`/nodes/${encodeURIComponent(name)}`), [navigate]);
  const open = useCallback((node: Node) => openNamed(node.name), [openNamed]);
  const cards = sum(shown, (node) => node.cards);
  const away = shown.filter((node) => !isInService(node.state)).length;
  return (
    <>
      <ScreenHead title={t("title")} below={query.data && (
        <span role="status">
          {t("nodes", { count: shown.length, n: f.number(shown.length) })} · {t("cardsIn", { count: cards, n: f.number(cards) })}{away > 0 && <> · {t("notUp", { n: f.number(away) })}</>}
        </span>
      )} />
      <section className="panel nodes" aria-label={t("title")}>
        <div className="toolbar" role="search">
          <Segmented aria-label={t("how")} value={isList ? "list" : "map"} onChange={(value) => set("view", value === "list" ? "list" : "")}
            options={(["map", "list"] as const).map((value) => ({ value, label: t(`view.${value}`) }))} />
          {!isList && (
            <Segmented aria-label={t("by")} value={by} onChange={(value: Colouring) => set("by", value === "class" ? "" : value)}
              options={colourings.map((value) => ({ value, label: t(`colour.${value}`) }))} />
          )}
          <span data-search>
            <Input allowClear value={word} aria-label={t("search")} placeholder={t("search")} style={{ width: 220 }} prefix={<SearchOutlined className="muted" aria-hidden />}
              onChange={(event) => set("q", event.target.value)} />
          </span>
          <Select aria-label={t("partition")} style={{ width: 150 }} value={partition} onChange={(value: string) => set("partition", value)}
            options={[{ value: "", label: t("allPartitions") }, ...(centre.data?.partitions ?? []).map((value) => ({ value, label: value }))]} />
        </div>
        <Shown query={query} isEmpty={() => shown.length === 0} empty={<Nothing>{word || partition ? t("none") : t("noneYet")}</Nothing>}>
          {() => (isList
            ? <VirtualTable label={t("table")} columns={columns} rows={shown} onOpen={open} minWidth={1180} />
            : <LiveMap shown={shown} by={by} onOpen={openNamed} />)}
        </Shown>
      </section>
    </>
  );
}
