import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { Panel } from "../../ui/Panel";
import { useResourceName } from "../overview/Resources";
import { useWhatIfWords } from "./words";

type View = Schemas["WhatIfView"];

/** A figure of both sides, and what lies between them: `−` is a sign and not only a colour. */
function Row({ name, before, after, difference, bars }: { name: ReactNode; before: string; after: string; difference: string; bars?: [number, number] | undefined }): ReactNode {
  const cell = (said: string, part?: number): ReactNode => (
    <td className="right number">
      {said}
      {part !== undefined && <span className="whatif-bar" aria-hidden><i style={{ width: `${Math.min(1, part) * 100}%` }} /></span>}
    </td>
  );
  return (
    <tr>
      <th scope="row">{name}</th>
      {cell(before, bars?.[0])}
      {cell(after, bars?.[1])}
      <td className="right number">{difference}</td>
    </tr>
  );
}

/** How many start, how long they wait, what use becomes: with and without the change. */
export function Both({ view }: { view: View }): ReactNode {
  const t = useWhatIfWords();
  const f = useFormat();
  const resource = useResourceName();
  const signed = (value: number, said: string): string => (value === 0 ? "0" : `${value > 0 ? "+" : "−"}${said}`);
  const counted = (name: "started" | "waiting"): ReactNode => {
    const [before, after] = [Number(view.before[name]), Number(view.after[name])];
    return <Row name={t(name)} before={f.number(before)} after={f.number(after)} difference={signed(after - before, f.number(Math.abs(after - before)))} />;
  };
  const wait = Number(view.after.wait_mean_ms) - Number(view.before.wait_mean_ms);
  return (
    <Panel flush title={t("both")} extra={<span className="muted small number">{t("figure", { until: f.instant(view.until) })}</span>}>
      <div className="table-scroll">
        <table className="table whatif-both">
          <thead><tr><th scope="col"><span className="visually-hidden">{t("what")}</span></th><th scope="col" className="right">{t("before")}</th><th scope="col" className="right">{t("after")}</th><th scope="col" className="right">{t("difference")}</th></tr></thead>
          <tbody>
            {counted("started")}
            {counted("waiting")}
            <Row name={t("wait")} before={f.duration(view.before.wait_mean_ms)} after={f.duration(view.after.wait_mean_ms)} difference={signed(wait, f.duration(Math.abs(wait)))} />
            {view.after.pools.map((pool) => {
              const was = view.before.pools.find((each) => each.partition === pool.partition && each.resource === pool.resource);
              const [before, after] = [was?.use ?? null, pool.use];
              const points = before !== null && after !== null ? (after - before) * 100 : 0;
              return (
                <Row key={`${pool.partition}/${pool.resource}`} name={t("useOf", { pool: `${pool.partition} · ${resource(pool.resource)}` })}
                  before={f.percent(before)} after={f.percent(after)} bars={before !== null && after !== null ? [before, after] : undefined}
                  difference={signed(Math.abs(points) < 0.05 ? 0 : points, `${f.number(Math.abs(points), 1)} %`)} />
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="whatif-note muted small">
        {view.futures === 1 ? t("basisLimit") : t(view.learnt ? "basisLearnt" : "basisDrawn", { n: f.number(view.futures) })}{" "}
        {t("took", { time: f.duration(view.took_ms), now: f.instant(view.now) })}
      </p>
    </Panel>
  );
}
