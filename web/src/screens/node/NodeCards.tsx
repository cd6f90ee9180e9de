import type { ReactNode } from "react";
import { Loading, Shown } from "../../states/Shown";
import { Panel } from "../../ui/Panel";
import { CardList } from "../nodes/MapView";
import { useCards } from "../nodes/useCards";
import "../nodes/nodes.css";
import { useNodeWords } from "./words";

/** What each card of the node does. */
export function NodeCards({ name }: { name: string }): ReactNode {
  const t = useNodeWords();
  const query = useCards();
  const node = query.data?.nodes.find((each) => each.name === name);
  return (
    <Panel title={t("cards")} className="node-cards">
      <Shown query={query} loading={<Loading lines={2} />} isEmpty={() => !node}>
        {(view) => node && <CardList view={view} node={node} />}
      </Shown>
    </Panel>
  );
}
