import { CheckCircleOutlined, CloseCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Loading, Nothing, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { Panel } from "../../ui/Panel";
import type { Checked } from "./useSubmission";
import { useSubmitWords } from "./words";

function Faults({ errors, onLine }: { errors: readonly Schemas["Refusal"][]; onLine: (line: number) => void }): ReactNode {
  const t = useSubmitWords();
  return (
    <ul className="faults">
      {errors.map((each, i) => (
        <li key={i}>
          {each.line > 0 ? <Button size="small" type="link" onClick={() => onLine(each.line)}>{t("line", { n: each.line })}</Button> : <span />}
          <span>{each.field && <span className="mono">{each.field} </span>}{each.message}{each.hint && <span className="muted"> {each.hint}</span>}</span>
        </li>
      ))}
    </ul>
  );
}

function Understood({ check }: { check: Schemas["JobCheck"] }): ReactNode {
  const t = useSubmitWords();
  const c = useCommonWords();
  const f = useFormat();
  const { job } = check;
  if (!job) return null;
  const tasks = job.tasks_least < job.tasks ? t("tasksRange", { least: f.number(job.tasks_least), most: f.number(job.tasks) }) : f.number(job.tasks);
  return (
    <Facts facts={[
      [t("start"), check.start
        ? <><b><When at={check.start.likely} relative /></b> <span className="muted small">{t("between", { from: f.short(check.start.earliest, Date.now()), to: f.short(check.start.latest, Date.now()) })}</span></>
        : check.promised && <b><When at={check.promised} relative /></b>],
      [t("promised"), check.start && check.promised && check.promised !== check.start.likely && <><When at={check.promised} relative /> <span className="muted small">{t("promisedMeans")}</span></>],
      [t("start"), !check.start && !check.promised && check.start_sentence && f.sentence(check.start_sentence)],
      [t("cost"), check.credits_at_most !== null && (
        <><b className="number">{t("credits", { n: f.number(check.credits_at_most, 3) })}</b> <span className="muted small">{t("costMeans")}</span></>
      )],
      [t("available"), check.available !== null && <span className={check.covered ? "number" : "number verdict-bad"}>{t("credits", { n: f.number(check.available, 3) })}{!check.covered && ` · ${t("notCovered")}`}</span>],
      [t("asks"), [
        `${t("field.tasks")} ${tasks}`, c("unit.core", { count: Number(job.cores), n: f.number(job.cores) }), job.cards !== "0" && `${c("unit.card", { count: Number(job.cards), n: f.number(job.cards) })} ${job.card_type}`,
        f.bytes(job.memory_bytes), job.qubits > 0 && t("qubits", { n: f.number(job.qubits) }), f.duration(job.wall_ms), job.elements !== "1" && t("elements", { n: f.number(job.elements) }),
      ].filter(Boolean).join(" · ")],
      [t("where"), `${job.partition} · ${job.project} · ${c(`kind.${job.kind}`)} · ${job.priority_class}`],
      [t("held"), job.hold && t("heldMeans")],
    ]} />
  );
}

/** What the centre says of the document before it is submitted. */
export function Verdict({ query, isCurrent, isEmpty, onLine }: { query: UseQueryResult<Checked>; isCurrent: boolean; isEmpty: boolean; onLine: (line: number) => void }): ReactNode {
  const t = useSubmitWords();
  if (isEmpty) return <Panel title={t("verdict")}><Nothing>{t("nothing")}</Nothing></Panel>;
  return (
    <Panel title={t("verdict")} extra={<span className="muted small" role="status">{isCurrent ? "" : t("checking")}</span>} className={isCurrent ? "verdict" : "verdict verdict-old"}>
      <Shown query={query} loading={<Loading lines={3} />}>
        {({ check }) => (
          <>
            {check.good
              ? <p className="verdict-good"><CheckCircleOutlined aria-hidden /> {t("good")}</p>
              : <p className="verdict-bad"><CloseCircleOutlined aria-hidden /> {t("bad", { count: check.errors.length, n: check.errors.length })}</p>}
            {!check.good && <Faults errors={check.errors} onLine={onLine} />}
            <Understood check={check} />
            {check.notes.length > 0 && <ul className="notes">{check.notes.map((note) => <li key={note} className="muted">{note}</li>)}</ul>}
          </>
        )}
      </Shown>
    </Panel>
  );
}
