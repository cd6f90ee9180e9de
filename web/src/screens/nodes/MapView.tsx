import { useCallback, useMemo, useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { Nothing } from "../../states/Shown";
import { useTheme } from "../../theme";
import { Facts } from "../../ui/Facts";
import { ServiceState } from "../../ui/ServiceState";
import { CardMap, type Selection } from "./CardMap";
import { useKeys, useUseName } from "./keys";
import { countsOf, looksOf, slotOf, type CardsNode, type Colouring } from "./looks";
import { layoutOf } from "./layout";
import { useSwitches } from "./useCards";
import type { Node } from "./useNodes";
import { useNodesWords } from "./words";

const legendMost = 14;
type View = Schemas["CardsView"];

/** Each card of a node: what it does, and for which job. */
export function CardList({ view, node, chosen = -1 }: { view: View; node: CardsNode; chosen?: number }): ReactNode {
  const t = useNodesWords();
  const name = useUseName();
  return (
    <ol className="map-cards">
      {node.cards.map((number, i) => {
        const slot = slotOf(view, number);
        return (
          <li key={i} className={chosen === i ? "map-card-chosen" : ""} style={{ borderLeftColor: `var(--class-${slot.use === "idle" ? "unwanted" : slot.use})` }}
            title={[t("card", { n: i }), name(slot.use), slot.job && `${slot.job.name} · ${slot.job.project}`].filter(Boolean).join(" · ")}>
            {slot.job ? <Link to={`/jobs/${slot.job.id}`} className="number">{slot.job.id}</Link> : <span className="muted">{name(slot.use)}</span>}
          </li>
        );
      })}
    </ol>
  );
}

function Chosen({ view, node, known, card, onOpen }: { view: View; node: CardsNode; known: Node | undefined; card: number; onOpen: () => void }): ReactNode {
  const t = useNodesWords();
  const f = useFormat();
  return (
    <section className="map-node" aria-label={t("selected")}>
      <h3>{t("selected")}</h3>
      <Link to={`/nodes/${encodeURIComponent(node.name)}`} onClick={(event) => { event.preventDefault(); onOpen(); }}><b>{node.name}</b></Link>
      <Facts facts={[
        [t("state"), <><ServiceState state={node.state} />{known?.why && <div className="muted">{known.why}</div>}</>],
        [t("partition"), node.partition],
        [t("switch"), node.switch_name],
        [t("cores"), known && <span className="number">{f.number(known.cores - known.cores_free)} / {f.number(known.cores)}</span>],
        [t("cards"), node.cards.length > 0 && <span className="number">{f.number(node.cards.length)} × {node.card_type}</span>],
        [t("memoryFree"), known && <span className="number">{f.bytes(known.memory_free_bytes)}</span>],
        [t("jobs"), known && known.jobs.length > 0 && <>{known.jobs.slice(0, 6).map((job) => <span key={job}><Link to={`/jobs/${job}`} className="number">{job}</Link> </span>)}{known.jobs.length > 6 && t("more", { n: f.number(known.jobs.length - 6) })}</>],
      ]} />
      {node.cards.length > 0 && <CardList view={view} node={node} chosen={card} />}
    </section>
  );
}

/** What is under the pointer, in words. */
function Said({ view, node, card, known }: { view: View; node: CardsNode; card: number; known: Node | undefined }): ReactNode {
  const t = useNodesWords();
  const f = useFormat();
  const name = useUseName();
  const slot = card >= 0 ? slotOf(view, node.cards[card]!) : null;
  return (
    <>
      <b>{node.name}{card >= 0 && ` · ${t("card", { n: card })}`}</b>
      <div><ServiceState state={node.state} /> <span className="muted">{known?.why}</span></div>
      {slot && <div>{name(slot.use)}{slot.job && <> · {t("job", { id: slot.job.id })} {slot.job.name}<div className="muted">{slot.job.project} · {slot.job.user}</div></>}</div>}
      {!slot && node.cores.map((each) => {
        const core = slotOf(view, each.what);
        return <div key={each.what}><span className="number">{f.number(each.count)}</span> {t("cores")}: {core.job ? `${t("job", { id: core.job.id })} ${core.job.name}` : name(core.use)}</div>;
      }).slice(0, 6)}
    </>
  );
}

/** The map, its legend, and what is selected on it. `known`: the nodes that are wanted. */
export function MapView({ view, known, by, onOpen }: { view: View; known: readonly Node[]; by: Colouring; onOpen: (name: string) => void }): ReactNode {
  const t = useNodesWords();
  const f = useFormat();
  const { palette } = useTheme();
  const [wanted, select] = useState<{ node: string; card: number } | null>(null);
  const [only, setOnly] = useState<string | null>(null);
  const above = useSwitches();
  const byName = useMemo(() => new Map(known.map((node) => [node.name, node])), [known]);
  // Which nodes, and not how they are: what is drawn of ten thousand cards is made anew only when the cards are others.
  const wantedNames = known.map((node) => node.name).join("\n");
  const nodes = useMemo(() => {
    const names = new Set(wantedNames.split("\n"));
    return view.nodes.filter((node) => names.has(node.name));
  }, [view, wantedNames]);
  const names = nodes.map((node) => node.name).join("\n");
  // Places depend on which nodes there are, and not on what they do.
  const layout = useCallback((width: number, height: number) => layoutOf(nodes.map((node) => ({ ...node, cards: node.cards.length })), above, width, height), [names, above]);
  const frames = useMemo(() => ({ down: palette.bad, drained: palette.warn, draining: palette.warn, maintenance: palette.info }), [palette]);
  const painted = useMemo(() => looksOf(view, nodes, by, frames), [view, nodes, by, frames]);
  const { of, counts } = useMemo(() => countsOf(nodes, painted), [nodes, painted]);
  const { colourOf, nameOf } = useKeys(by, counts.map(([key]) => key));
  const index = wanted ? nodes.findIndex((node) => node.name === wanted.node) : -1;
  const chosen = nodes[index];
  const selection = useMemo<Selection | null>(() => (index >= 0 ? { index, card: wanted!.card } : null), [index, wanted]);
  if (nodes.length === 0) return <Nothing>{t("none")}</Nothing>;
  return (
    <div className="map-body">
      <CardMap layout={layout} painted={painted} colourOf={colourOf} only={only !== null && counts.some(([key]) => key === only) ? only : null} selection={selection} label={t("map")}
        say={(at) => nodes[at.index] && <Said view={view} node={nodes[at.index]!} card={at.card} known={byName.get(nodes[at.index]!.name)} />}
        onSelect={(next) => select(next && { node: nodes[next.index]!.name, card: next.card })} onOpen={(at) => onOpen(nodes[at]!.name)} />
      <aside className="map-side" aria-label={t("legend")}>
        <section>
          <h3>{t(of)} · {t(`colour.${by}`)}</h3>
          <ul className="legend">
            {counts.slice(0, legendMost).map(([key, count]) => (
              <li key={key}>
                <button type="button" aria-pressed={only === key} onClick={() => setOnly(only === key ? null : key)}>
                  <i aria-hidden style={{ background: colourOf(key) }} /> <span>{nameOf(key)}</span> <b className="number">{f.number(count)}</b>
                </button>
              </li>
            ))}
            {counts.length > legendMost && <li className="muted">{t("more", { n: f.number(counts.length - legendMost) })}</li>}
          </ul>
          {of === "cards" && nodes.some((node) => node.cards.length === 0) && <p className="muted small">{t("coresToo")}</p>}
        </section>
        {chosen ? <Chosen view={view} node={chosen} known={byName.get(chosen.name)} card={wanted!.card} onOpen={() => onOpen(chosen.name)} /> : <p className="muted">{t("choose")}</p>}
      </aside>
    </div>
  );
}
