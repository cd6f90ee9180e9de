import { DownloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, type ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { Loading, Nothing, Shown } from "../../states/Shown";
import { Panel, ScreenHead } from "../../ui/Panel";
import { useAddress } from "../../ui/useAddress";
import { Account } from "./Account";
import { csvOf, save } from "./csv";
import { Filters } from "./Filters";
import { OverTime } from "./OverTime";
import { keyOf, poolsOf } from "./pool";
import { Pools } from "./Pools";
import { isNarrowed, queryOf, questionOf, type Question } from "./question";
import { Usage } from "./Usage";
import { useLedgerWords } from "./words";
import "./ledger.css";

const hasCapacity = (view: Schemas["LedgerView"]): boolean => view.lines.some((line) => line.capacity !== "0");

function Books({ view, question, wanted, onChoose }: {
  view: Schemas["LedgerView"]; question: Question; wanted: string; onChoose: (pool: string) => void;
}): ReactNode {
  const pools = poolsOf(view);
  const pool = pools.find((each) => keyOf(each) === wanted) ?? pools.find((each) => each.resource !== "cores") ?? pools[0];
  if (!pool) return null;
  const line = view.lines.find((each) => keyOf(each) === keyOf(pool));
  // Narrowed, there is one group for a pool, unless groups were asked for: those stand in their own table.
  const usage = question.by ? undefined : view.usage.find((each) => keyOf(each) === keyOf(pool));
  return (
    <>
      <div className="columns">
        <div>
          <OverTime question={question} pool={keyOf(pool)} resource={pool.resource} />
          {view.lines.length > 0 && <Pools lines={view.lines} pool={keyOf(pool)} onChoose={onChoose} />}
        </div>
        <div>{(line || usage) && <Account pool={pool} line={line} usage={usage} />}</div>
      </div>
      {question.by && <Usage usage={view.usage} by={question.by} />}
    </>
  );
}

/** Where all the capacity of a period went: GET /v1/ledger and /v1/ledger/series, figure for figure. */
export default function Ledger(): ReactNode {
  const t = useLedgerWords();
  const f = useFormat();
  const [search, change] = useAddress();
  const question = useMemo(() => questionOf(search), [search]);
  const query = useQuery({
    queryKey: ["ledger", question],
    queryFn: ({ signal }) => told(api.GET("/v1/ledger", { params: { query: queryOf(question, Date.now()) }, signal })),
    refetchInterval: question.period === "free" ? false : 15_000,
    placeholderData: (before) => before,
  });
  const view = query.data;
  const narrowed = isNarrowed(question);
  const name = view && `ledger-${view.centre}-${view.from.slice(0, 10)}-${view.to.slice(0, 10)}.csv`;
  return (
    <>
      <ScreenHead title={t("title")} below={view && <span className="number">{t("span", { from: f.instant(view.from), to: f.instant(view.to) })}</span>}
        actions={<Button icon={<DownloadOutlined aria-hidden />} disabled={!view} onClick={() => view && save(name!, csvOf(view))}>{t("export")}</Button>} />
      <section className="panel"><Filters question={question} onChange={change} span={view} /></section>
      <Shown query={query} loading={<Panel title={t("account")}><Loading lines={8} /></Panel>} isEmpty={(seen) => (narrowed ? seen.usage.length === 0 : !hasCapacity(seen))}
        empty={<section className="panel"><Nothing>{narrowed ? t("noUsageOf") : t("none")}</Nothing></section>}>
        {(seen) => <Books view={seen} question={question} wanted={search.get("pool") ?? ""} onChoose={(pool) => change({ pool })} />}
      </Shown>
    </>
  );
}
