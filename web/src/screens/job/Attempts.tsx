import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { Elapsed, When } from "../../format/When";
import { useNow } from "../../format/clock";
import { useFormat } from "../../format/useFormat";
import { Nothing } from "../../states/Shown";
import { Panel } from "../../ui/Panel";
import { useJobWords } from "./words";

type Attempt = Schemas["AttemptRow"];
export const attemptNumber = (attempt: Attempt): string => attempt.attempt.split(".")[1] ?? "";
const ms = (at: string): number => new Date(at).getTime();

/** The attempts' lives on one scale of time: start-up, run, and at its end what was thrown away. */
function TimeLine({ attempts }: { attempts: Attempt[] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  const now = useNow();
  const from = ms(attempts[0]!.granted_at);
  const to = Math.max(from + 1, ...attempts.map((each) => (each.ended_at ? ms(each.ended_at) : now)));
  const place = (begin: number, end: number): { left: string; width: string } => ({
    left: `${((begin - from) / (to - from)) * 100}%`, width: `${(Math.max(0, end - begin) / (to - from)) * 100}%`,
  });
  return (
    <div className="timeline" role="img" aria-label={t("timeline")}>
      {attempts.map((each) => {
        const end = each.ended_at ? ms(each.ended_at) : Math.max(now, ms(each.granted_at));
        const started = each.started_at ? ms(each.started_at) : end;
        const lost = Math.min(end - started, Number(each.lost_ms));
        return (
          <div key={each.attempt} className="timeline-row">
            <span className="muted number">{attemptNumber(each)}</span>
            <div>
              <i className="timeline-start" style={place(ms(each.granted_at), started)} title={`${t("starting")} ${f.duration(started - ms(each.granted_at))}`} />
              <i className="timeline-run" style={place(started, end - lost)} title={`${t("runs")} ${f.duration(end - lost - started)}`} />
              {lost > 0 && <i className="timeline-lost" style={place(end - lost, end)} title={`${t("lostPart")} ${f.duration(lost)}`} />}
            </div>
          </div>
        );
      })}
      <div className="timeline-row timeline-scale muted small">
        <span />
        <div><span>{f.short(from, now)}</span><span>{f.short(to, now)}</span></div>
      </div>
    </div>
  );
}

function Outcome({ attempt }: { attempt: Attempt }): ReactNode {
  const t = useJobWords();
  const known = t(`outcomes.${attempt.outcome.replaceAll("-", "_") as "running"}`);
  const word = known.startsWith("outcomes.") ? attempt.outcome : known;
  const how = attempt.signal > 0 ? t("signal", { n: attempt.signal }) : attempt.ended_at && attempt.outcome === "exited" ? `${t("exit")} ${attempt.exit_code}` : "";
  return (
    <>
      <b className={attempt.outcome === "succeeded" ? "good" : attempt.outcome === "running" || attempt.outcome === "starting" ? "" : "bad"}>{word}</b>
      {how && <span className="muted"> · {how}</span>}
      {attempt.backfill && <span className="muted"> · {t("backfill")}</span>}
      {attempt.message && <div className="muted small attempt-message">{attempt.message}</div>}
    </>
  );
}

export function Attempts({ attempts }: { attempts: Attempt[] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  const newest = [...attempts].reverse();
  return (
    <Panel flush title={t("attempts")}>
      {attempts.length === 0 ? <Nothing>{t("noAttempts")}</Nothing> : (
        <>
          <TimeLine attempts={attempts} />
          <div className="table-scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("attempt")}</th><th scope="col">{t("outcome")}</th><th scope="col">{t("started")}</th><th scope="col" className="right">{t("ran")}</th>
                  <th scope="col">{t("where")}</th><th scope="col" className="right">{t("steps")}</th><th scope="col" className="right">{t("cpu")}</th>
                  <th scope="col" className="right">{t("peak")}</th><th scope="col" className="right">{t("lost")}</th>
                </tr>
              </thead>
              <tbody>
                {newest.map((each) => (
                  <tr key={each.attempt}>
                    <td className="number">{attemptNumber(each)}</td>
                    <td className="attempt-outcome"><Outcome attempt={each} /></td>
                    <td><When at={each.started_at ?? each.granted_at} /></td>
                    <td className="right"><Elapsed from={each.started_at} to={each.ended_at} /></td>
                    <td className="attempt-nodes" title={each.nodes.join(", ")}>{each.nodes.slice(0, 3).join(", ")}{each.nodes.length > 3 && ` +${each.nodes.length - 3}`}</td>
                    <td className="right number">{Number(each.last_step) >= 0 ? f.number(each.last_step) : "–"}</td>
                    <td className="right number">{each.ended_at ? f.duration(each.cpu_ms) : "–"}</td>
                    <td className="right number">{Number(each.memory_peak_bytes) > 0 ? f.bytes(each.memory_peak_bytes) : "–"}</td>
                    <td className="right number">{Number(each.lost_ms) > 0 ? f.duration(each.lost_ms) : "–"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Panel>
  );
}
