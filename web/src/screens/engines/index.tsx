import { Fragment, type ReactNode } from "react";
import { Link } from "react-router";
import { useEngines } from "../../api/directory";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { Panel, ScreenHead } from "../../ui/Panel";
import { useEnginesWords } from "./words";

/** Engines of many machines: what they drive, how they are spoken to, whether they answer. */
export default function Engines(): ReactNode {
  const t = useEnginesWords();
  const f = useFormat();
  const query = useEngines();
  const heads = ["nodes", "cores", "cards", "attempts", "pilots"] as const;
  return (
    <>
      <ScreenHead title={t("title")} below={t("lead")} />
      <Panel flush title={t("title")}>
        <Shown query={query} isEmpty={(all) => all.length === 0} empty={<Nothing>{t("none")}</Nothing>}>
          {(all) => (
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    {(["name", "state", "kind", "version", "speaks", "partitions"] as const).map((each) => <th key={each} scope="col">{t(each)}</th>)}
                    {heads.map((each) => <th key={each} scope="col" className="right" title={each === "pilots" ? t("pilotsMeans") : ""}>{t(each)}</th>)}
                    <th scope="col">{t("why")}</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((engine) => (
                    <tr key={engine.name}>
                      <td><b>{engine.name}</b></td>
                      <td>{engine.state}</td>
                      <td>{engine.kind}</td>
                      <td className="mono">{engine.version || "–"}</td>
                      <td className="mono">{engine.speaks || "–"}</td>
                      <td>{engine.partitions.map((name, i) => <Fragment key={name}>{i > 0 && ", "}<Link to={`/ledger?partition=${encodeURIComponent(name)}`}>{name}</Link></Fragment>)}</td>
                      {heads.map((each) => <td key={each} className="right number">{f.number(engine[each])}</td>)}
                      <td>{engine.why}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Shown>
      </Panel>
    </>
  );
}
