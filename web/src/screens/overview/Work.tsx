import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { useOverviewWords } from "./words";

function Count({ value, to }: { value: string; to?: string }): ReactNode {
  const f = useFormat();
  if (value === "0") return <span className="muted">0</span>;
  return to ? <Link to={to}>{f.number(value)}</Link> : <>{f.number(value)}</>;
}

export function Work({ work }: { work: Schemas["NowWork"][] }): ReactNode {
  const t = useOverviewWords();
  const c = useCommonWords();
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("kind")}</th>
            {(["runs", "waits", "cores", "cards"] as const).map((each) => <th key={each} scope="col" className="right">{t(each)}</th>)}
          </tr>
        </thead>
        <tbody>
          {work.map((each) => (
            <tr key={each.kind}>
              <td>{c(`kind.${each.kind}`)}</td>
              <td className="right number"><Count value={each.running} to={`/jobs?state=running&kind=${each.kind}`} /></td>
              <td className="right number"><Count value={each.queued} to={`/jobs?state=queued&kind=${each.kind}`} /></td>
              <td className="right number"><Count value={each.cores} /></td>
              <td className="right number"><Count value={each.cards} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
