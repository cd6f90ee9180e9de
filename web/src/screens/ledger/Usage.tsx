import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import type { UseClass } from "../../theme/palette";
import { Nothing } from "../../states/Shown";
import { Panel } from "../../ui/Panel";
import { useResourceName } from "../overview/Resources";
import { sumOf } from "./pool";
import type { Group } from "./question";
import { useLedgerWords } from "./words";

function GroupName({ by, group }: { by: Group; group: string }): ReactNode {
  const c = useCommonWords();
  if (by === "job") return <Link to={`/jobs/${group}`} className="number">{group}</Link>;
  if (by === "project") return <Link to={`/projects/${encodeURIComponent(group)}`}>{group}</Link>;
  if (by === "user") return <Link to={`/jobs?user=${encodeURIComponent(group)}`}>{group}</Link>;
  return <>{c(`kind.${group as "ai"}`)}</>;
}

/** Who used it: the four classes of used time of each group, the largest first. */
export function Usage({ usage, by }: { usage: Schemas["UsageLine"][]; by: Group }): ReactNode {
  const t = useLedgerWords();
  const c = useCommonWords();
  const f = useFormat();
  const name = useResourceName();
  const rows = usage.map((line) => ({ line, all: sumOf(line.classes) })).sort((a, b) => (a.all === b.all ? 0 : a.all < b.all ? 1 : -1));
  const classes = Object.keys(rows[0]?.line.classes ?? {}) as UseClass[];
  return (
    <Panel flush title={<>{t("usage")} <span className="muted small">{t("usedClasses")}</span></>}>
      {rows.length === 0 ? <Nothing>{t("noUsage")}</Nothing> : (
        <div className="table-scroll ledger-usage">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{by === "job" ? t("bys.job") : t(by)}</th><th scope="col">{t("partition")}</th><th scope="col">{t("resource")}</th>
                {classes.map((use) => <th key={use} scope="col" className="right"><i aria-hidden className="ledger-swatch" style={{ background: `var(--class-${use})` }} /> {c(`class.${use}`)}</th>)}
                <th scope="col" className="right">{t("all")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ line, all }) => (
                <tr key={`${line.group}/${line.partition}/${line.resource}`}>
                  <td><GroupName by={by} group={line.group} /></td>
                  <td>{line.partition}</td>
                  <td>{name(line.resource)}</td>
                  {classes.map((use) => <td key={use} className="right number">{line.classes[use] === "0" ? <span className="muted">–</span> : f.hours(line.classes[use] ?? "0")}</td>)}
                  <td className="right number"><b>{f.hours(all.toString())}</b></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
