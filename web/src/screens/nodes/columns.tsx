import { useMemo, type ReactNode } from "react";
import { Link } from "react-router";
import { useFormat } from "../../format/useFormat";
import { ServiceState } from "../../ui/ServiceState";
import type { Column } from "../../ui/VirtualTable";
import { useNodesWords } from "./words";
import type { Node } from "./useNodes";

/** How much of something is used by jobs, by others, and free: a bar and the figures. */
export function UseBar({ used, others, all, said }: { used: number; others: number; all: number; said: string }): ReactNode {
  return (
    <span className="use-bar" title={said}>
      <span aria-hidden>
        <i style={{ width: `${(used / all) * 100}%`, background: "var(--class-busy)" }} />
        <i style={{ width: `${(others / all) * 100}%`, background: "var(--class-others)" }} />
      </span>
      <span className="number">{said}</span>
    </span>
  );
}

export function useNodeColumns(): Column<Node>[] {
  const t = useNodesWords();
  const f = useFormat();
  return useMemo<Column<Node>[]>(() => {
    const share = (used: number, all: number): string => `${f.number(used)} / ${f.number(all)}`;
    const none = <span className="muted">–</span>;
    return [
      { key: "name", title: t("node"), width: "minmax(120px, 1.4fr)", render: (node) => <Link to={`/nodes/${encodeURIComponent(node.name)}`} tabIndex={-1} title={node.name}>{node.name}</Link> },
      { key: "state", title: t("state"), width: "104px", render: (node) => <ServiceState state={node.state} /> },
      { key: "partition", title: t("partition"), width: "minmax(72px, 0.8fr)", render: (node) => node.partition },
      { key: "switch", title: t("switch"), width: "minmax(88px, 0.9fr)", render: (node) => node.switch_name || none },
      { key: "cores", title: t("cores"), width: "minmax(150px, 1.2fr)", render: (node) => <UseBar used={node.cores - node.cores_free - node.cores_others} others={node.cores_others} all={node.cores} said={share(node.cores - node.cores_free, node.cores)} /> },
      { key: "cards", title: t("cards"), width: "minmax(130px, 1fr)", render: (node) => (node.cards > 0 ? <UseBar used={node.cards - node.cards_free - node.cards_others} others={node.cards_others} all={node.cards} said={share(node.cards - node.cards_free, node.cards)} /> : none) },
      { key: "type", title: t("cardType"), width: "minmax(84px, 0.8fr)", render: (node) => node.card_type || none },
      { key: "memory", title: t("memoryFree"), width: "148px", align: "right", render: (node) => <span className="number">{f.bytes(node.memory_free_bytes)} / {f.bytes(node.memory_bytes)}</span> },
      { key: "jobs", title: t("jobs"), width: "52px", align: "right", render: (node) => <span className="number">{node.jobs.length > 0 ? f.number(node.jobs.length) : "–"}</span> },
      { key: "why", title: t("why"), width: "minmax(120px, 2fr)", render: (node) => <span className="muted" title={node.why}>{[node.is_virtual ? t("virtual") : "", node.why].filter(Boolean).join(" · ")}</span> },
    ];
  }, [t, f]);
}
