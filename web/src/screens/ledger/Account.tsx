import { CheckCircleOutlined, WarningOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import type { UseClass } from "../../theme/palette";
import { Panel } from "../../ui/Panel";
import { useResourceName } from "../overview/Resources";
import { sumOf, type Pool } from "./pool";
import { useLedgerWords } from "./words";

function Row({ use, time, whole }: { use: string; time: string; whole: number }): ReactNode {
  const c = useCommonWords();
  const f = useFormat();
  const part = whole > 0 ? Number(time) / whole : 0;
  return (
    <tr className={time === "0" ? "ledger-nothing" : ""}>
      <th scope="row" title={c(`classMeans.${use as UseClass}`)}>
        <i aria-hidden className="ledger-swatch" style={{ background: `var(--class-${use})` }} /> {c(`class.${use as UseClass}`)}
      </th>
      <td className="ledger-bar" aria-hidden><i style={{ width: `${part * 100}%`, background: `var(--class-${use})` }} /></td>
      <td className="right number">{f.hours(time)}</td>
      <td className="right number">{f.percent(part, 2)}</td>
    </tr>
  );
}

/**
 * All of one pool's capacity, class by class: the classes are summed here only to show beside the centre's own figure of the
 * capacity that they are all of it.
 */
export function Account({ pool, line, usage }: { pool: Pool; line: Schemas["LedgerLine"] | undefined; usage: Schemas["UsageLine"] | undefined }): ReactNode {
  const t = useLedgerWords();
  const f = useFormat();
  const name = useResourceName();
  const classes = line?.classes ?? usage?.classes ?? {};
  const sum = sumOf(classes);
  const whole = Number(line?.capacity ?? sum);
  const agrees = line && sum === BigInt(line.capacity);
  return (
    <Panel flush title={<>{line ? t("account") : t("usedBy")} <span className="muted small">{pool.partition} · {name(pool.resource)}</span></>}>
      <table className="table ledger-account">
        <thead>
          <tr><th scope="col">{t("class")}</th><th aria-hidden /><th scope="col" className="right">{t("hours")}</th><th scope="col" className="right">{t("share")}</th></tr>
        </thead>
        <tbody>{Object.entries(classes).map(([use, time]) => <Row key={use} use={use} time={time} whole={whole} />)}</tbody>
        <tfoot>
          <tr><th scope="row" colSpan={2}>{line ? t("sum") : t("all")}</th><td className="right number">{f.hours(sum.toString())}</td><td className="right number">{f.percent(whole > 0 ? Number(sum) / whole : 0, 2)}</td></tr>
          {line && <tr><th scope="row" colSpan={2}>{t("capacity")}</th><td className="right number">{f.hours(line.capacity)}</td><td className="right number">{f.percent(1)}</td></tr>}
        </tfoot>
      </table>
      <p className="ledger-note small">
        {line
          ? agrees ? <span className="muted"><CheckCircleOutlined aria-hidden className="good" /> {t("agrees")}</span> : <span className="bad"><WarningOutlined aria-hidden /> {t("differs")}</span>
          : <span className="muted">{t("idle")}</span>}
      </p>
    </Panel>
  );
}
