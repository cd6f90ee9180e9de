import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Nothing } from "../../states/Shown";
import { StackBar } from "../../ui/StackBar";
import type { UseClass } from "../../theme/palette";
import { useOverviewWords } from "./words";

export function useResourceName(): (resource: string) => string {
  const c = useCommonWords();
  return (resource) => (resource === "cores" ? c("resource.cores") : resource);
}

/** Each partition's cores and cards, by what they are now. */
export function Resources({ pools }: { pools: Schemas["NowPool"][] }): ReactNode {
  const t = useOverviewWords();
  const c = useCommonWords();
  const f = useFormat();
  const name = useResourceName();
  if (pools.length === 0) return <Nothing>{t("noResources")}</Nothing>;
  return (
    <ul className="pools">
      {pools.map((pool) => (
        <li key={`${pool.partition}/${pool.resource}`}>
          <div className="pool-head">
            <span><Link to={`/jobs?state=running&partition=${encodeURIComponent(pool.partition)}`}><b>{pool.partition}</b></Link> <span className="muted">{name(pool.resource)}</span></span>
            <Link className="number pool-figure" title={c("classMeans.busy")} to={`/ledger?${new URLSearchParams({ partition: pool.partition, pool: `${pool.partition}/${pool.resource}` }).toString()}`}>{f.number(pool.classes.busy ?? 0)} / {f.number(pool.capacity)}</Link>
          </div>
          <StackBar label={`${pool.partition} ${name(pool.resource)}`}
            pieces={Object.entries(pool.classes).map(([use, count]) => ({
              name: c(`class.${use as UseClass}`), label: c(`class.${use as UseClass}`), title: c(`classMeans.${use as UseClass}`),
              value: Number(count), said: f.number(count), colour: `var(--class-${use})`,
            }))} />
        </li>
      ))}
    </ul>
  );
}
