import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import type { UseClass } from "../../theme/palette";
import { Panel } from "../../ui/Panel";
import { useResourceName } from "../overview/Resources";
import { keyOf } from "./pool";
import { useLedgerWords } from "./words";

function Classes({ line }: { line: Schemas["LedgerLine"] }): ReactNode {
  const c = useCommonWords();
  const f = useFormat();
  const whole = Number(line.capacity);
  const shown = Object.entries(line.classes).filter(([, time]) => time !== "0").map(([use, time]) => ({ use, part: Number(time) / whole }));
  const said = shown.map(({ use, part }) => `${c(`class.${use as UseClass}`)} ${f.percent(part)}`);
  return (
    <div className="stack-bar" role="img" aria-label={said.join(", ")}>
      {shown.map(({ use, part }, i) => <span key={use} title={said[i]} style={{ width: `${part * 100}%`, background: `var(--class-${use})` }} />)}
    </div>
  );
}

/** Every pool beside the others; one of them is what the rest of the screen is about. */
export function Pools({ lines, pool, onChoose }: { lines: Schemas["LedgerLine"][]; pool: string; onChoose: (pool: string) => void }): ReactNode {
  const t = useLedgerWords();
  const f = useFormat();
  const name = useResourceName();
  return (
    <Panel flush title={t("pools")}>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("partition")}</th><th scope="col">{t("resource")}</th><th scope="col" className="ledger-classes">{t("classes")}</th>
              <th scope="col" className="right">{t("capacityHours")}</th><th scope="col" className="right" title={t("useMeans")}>{t("use")}</th>
              <th scope="col" className="right" title={t("goodputMeans")}>{t("goodput")}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={keyOf(line)} className={keyOf(line) === pool ? "chosen" : ""}>
                <td><button type="button" className="as-link" aria-pressed={keyOf(line) === pool} onClick={() => onChoose(keyOf(line))}>{line.partition}</button></td>
                <td>{name(line.resource)}</td>
                <td><Classes line={line} /></td>
                <td className="right number">{f.hours(line.capacity)}</td>
                <td className="right number">{f.percent(line.capacity === "0" ? null : line.use)}</td>
                <td className="right number">{f.percent(line.capacity === "0" ? null : line.goodput)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
