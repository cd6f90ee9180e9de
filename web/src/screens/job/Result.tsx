import { useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useMemo, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { ApiError } from "../../api/problem";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { Panel } from "../../ui/Panel";
import { useJobWords } from "./words";

type Result = Schemas["CircuitResultView"];
const rowsMost = 64;

function save(name: string, result: Result): void {
  const text = ["outcome,count", ...Object.entries(result.counts).map(([outcome, count]) => `${outcome},${count}`)].join("\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/csv" }));
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** How often each outcome was measured: a bar, the count, its share of the shots. */
function Histogram({ result }: { result: Result }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  const [order, setOrder] = useState<"often" | "outcome">("often");
  const shots = Number(result.shots);
  const sorted = useMemo(() => {
    const counts = Object.entries(result.counts).map(([outcome, count]) => ({ outcome, count: Number(count) }));
    return counts.sort((a, b) => (order === "often" ? b.count - a.count : 0) || (a.outcome < b.outcome ? -1 : 1));
  }, [result.counts, order]);
  const most = Math.max(1, ...sorted.map((each) => each.count));
  const rest = sorted.slice(rowsMost).reduce((all, each) => all + each.count, 0);
  return (
    <>
      <div className="histogram-head">
        <Segmented size="small" aria-label={t("result.order")} value={order} onChange={setOrder}
          options={(["often", "outcome"] as const).map((value) => ({ value, label: t(`result.${value}`) }))} />
      </div>
      <div className="histogram" tabIndex={0} role="region" aria-label={t("result.title")}>
        <table>
          <thead className="visually-hidden"><tr><th scope="col">{t("result.outcome")}</th><th scope="col" /><th scope="col">{t("result.count")}</th><th scope="col">{t("result.share")}</th></tr></thead>
          <tbody>
            {sorted.slice(0, rowsMost).map(({ outcome, count }) => (
              <tr key={outcome}>
                <th scope="row" className="mono">{outcome}</th>
                <td className="histogram-bar"><i style={{ width: `${(count / most) * 100}%` }} /></td>
                <td className="number right">{f.number(count)}</td>
                <td className="number right muted">{f.percent(count / shots)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {sorted.length > rowsMost && <p className="muted">{t("result.more", { n: f.number(sorted.length - rowsMost), shots: f.number(rest) })}</p>}
      </div>
    </>
  );
}

/** What a job that was submitted as a circuit measured. Other quantum jobs have no such result, and then nothing stands here. */
export function CircuitResult({ job }: { job: Schemas["JobView"] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  const query = useQuery({
    queryKey: ["job-result", job.id, job.state], retry: false,
    queryFn: ({ signal }) => told(api.GET("/v1/jobs/{id}/result", { params: { path: { id: job.id } }, signal })),
  });
  if (query.error instanceof ApiError && query.error.code === "no-counts") return null;
  if (query.error instanceof ApiError && query.error.status === 403) return null;
  return (
    <Panel title={t("result.title")} extra={query.data && <Button size="small" onClick={() => save(`job-${job.id}`, query.data)}>{t("result.save")}</Button>}>
      <Shown query={query} isEmpty={(result) => Object.keys(result.counts).length === 0} empty={<Nothing>{t("result.none")}</Nothing>}>
        {(result) => (
          <>
            <Histogram result={result} />
            <Facts facts={[
              [t("result.device"), <Link to={`/quantum/${encodeURIComponent(result.device)}`}>{result.device}</Link>],
              [t("result.shots"), <span className="number">{f.number(result.shots)}</span>],
              [t("result.success"), result.expected_success !== null && f.percent(result.expected_success)],
              [t("result.held"), f.duration(Number(result.held_us) / 1000)],
              [t("result.waited"), f.duration(Number(result.waited_us) / 1000)],
              [t("result.calibration"), result.calibration && <span className="mono">{result.calibration}</span>],
              [t("result.seed"), result.seed && <span className="mono">{result.seed}</span>],
              [t("result.layout"), result.layout.length > 0 && <span className="mono">{result.layout.join(" ")}</span>],
              [t("result.message"), result.message && f.sentence(result.message)],
            ]} />
          </>
        )}
      </Shown>
    </Panel>
  );
}
