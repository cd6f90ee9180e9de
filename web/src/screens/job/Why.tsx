import { BulbOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { Loading, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { Panel } from "../../ui/Panel";
import { useWhy } from "./useJob";
import { useJobWords } from "./words";

const terms = ["class_term", "fair_share_term", "age_term", "size_term", "merit_term", "deadline_term"] as const;

function Terms({ priority }: { priority: Schemas["PriorityTerms"] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  const most = Math.max(1, ...terms.map((term) => Number(priority[term])));
  return (
    <details className="why-terms">
      <summary>{t("why.terms")} <b className="number">{f.number(priority.total)}</b></summary>
      <table className="table">
        <tbody>
          {terms.filter((term) => priority[term] !== "0").map((term) => (
            <tr key={term}>
              <th scope="row">{t(`why.term.${term}`)}</th>
              <td className="why-bar"><i style={{ width: `${(Math.max(0, Number(priority[term])) / most) * 100}%` }} /></td>
              <td className="right number">{f.number(priority[term])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Changes that were tried by the centre, and with which it would start sooner. */
function Sooner({ sooner }: { sooner: Schemas["SoonerView"][] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  if (sooner.length === 0) return null;
  return (
    <div className="why-sooner">
      <h3><BulbOutlined aria-hidden /> {t("why.sooner")}</h3>
      <ul>
        {sooner.map((one) => (
          <li key={`${one.change} ${one.to}`}>
            <span>{f.sentence(one.sentence)}</span> <b>{one.now ? t("why.now") : <When at={one.starts_at} relative />}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Loop({ loop }: { loop: Schemas["LoopView"] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  return (
    <Facts facts={[
      [t("why.loop"), <>{f.number(loop.batches)} {t("why.batches")} · {t("why.heldFor")} {f.duration(loop.held_ms)}</>],
      [t("why.waiting"), loop.waiting > 0 && <>{f.number(loop.waiting)} · <When at={loop.start} relative /></>],
    ]} />
  );
}

/** The centre's own explanation: nothing here is worked out by the page. */
export function Why({ job, children }: { job: Schemas["JobView"]; children?: ReactNode }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  const query = useWhy(job);
  const waits = job.state === "queued" || job.state === "held";
  return (
    <Panel title={waits ? t("why.waits") : t("why.state")} className="why">
      <Shown query={query} loading={<Loading lines={2} />}>
        {(why) => (
          <>
            <p className="why-sentence">{f.sentence(why.sentence)}</p>
            {why.advice && <p className="muted">{f.sentence(why.advice)}</p>}
            {waits && why.start_sentence && !why.start && <p className="muted">{f.sentence(why.start_sentence)}</p>}
            <Facts facts={[
              [t("why.place"), why.place > 0 && f.number(why.place)],
              [t("why.likely"), why.start && (
                <><b><When at={why.start.likely} relative /></b> <span className="muted small">{t("why.between", {
                  percent: why.start.confidence_percent, from: f.short(why.start.earliest, Date.now()), to: f.short(why.start.latest, Date.now()),
                })}</span></>
              )],
              [t("why.promised"), why.expected_start && <><When at={why.expected_start} relative /> <span className="muted small">{t("why.promisedMeans")}</span></>],
              [t("why.deadline"), why.deadline && <><When at={why.deadline} /> <span className="muted">{f.sentence(why.deadline_sentence)}</span></>],
            ]} />
            {why.qpu && <Loop loop={why.qpu} />}
            <Sooner sooner={why.sooner} />
            {why.place > 0 && <Terms priority={why.priority} />}
            {children}
          </>
        )}
      </Shown>
    </Panel>
  );
}
