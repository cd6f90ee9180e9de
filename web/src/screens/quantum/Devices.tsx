import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Facts } from "../../ui/Facts";
import { Service } from "../../ui/Service";
import { isDrained, ServiceState } from "../../ui/ServiceState";
import { drainQpu, resumeQpu, type Qpu } from "./useQpus";
import { useQuantumWords } from "./words";

export const addressOf = (qpu: Qpu): string => `/quantum/${encodeURIComponent(qpu.name)}`;

export function useTechnology(): (technology: string) => string {
  const t = useQuantumWords();
  return (technology) => (technology === "superconducting" ? t("technologies.superconducting")
    : technology === "trapped-ion" ? t("technologies.trapped-ion") : technology === "ideal" ? t("technologies.ideal") : technology);
}

/** Whose batch runs, or who has it in a session. */
export function UsedBy({ qpu }: { qpu: Qpu }): ReactNode {
  const t = useQuantumWords();
  if (!qpu.job) return <span className="muted">{t("nobody")}</span>;
  return <><Link to={`/jobs/${qpu.job}`} className="number">{t("job", { id: qpu.job })}</Link>{qpu.session && <span className="muted"> · {t("session")}</span>}</>;
}

export function DeviceService({ qpu, small = false }: { qpu: Qpu; small?: boolean }): ReactNode {
  const client = useQueryClient();
  return (
    <Service name={qpu.name} isOut={isDrained(qpu.state)} drain={drainQpu(qpu.name)} resume={resumeQpu(qpu.name)} small={small}
      onDone={() => void client.invalidateQueries({ queryKey: ["qpus"] })} />
  );
}

function Calibrated({ qpu }: { qpu: Qpu }): ReactNode {
  const t = useQuantumWords();
  return qpu.calibrated_at ? <When at={qpu.calibrated_at} relative /> : <span className="muted">{t("notCalibrated")}</span>;
}

export function DeviceCards({ qpus }: { qpus: readonly Qpu[] }): ReactNode {
  const t = useQuantumWords();
  const c = useCommonWords();
  const f = useFormat();
  const technology = useTechnology();
  return (
    <ul className="devices">
      {qpus.map((qpu) => (
        <li key={qpu.name} className="panel device">
          <header>
            <h2><Link to={addressOf(qpu)}>{qpu.name}</Link></h2>
            <ServiceState state={qpu.state} />
          </header>
          <div className="device-figures">
            <div><b className="number">{f.number(qpu.qubits)}</b><span className="muted">{t("qubits")}</span></div>
            <div><b className="number">{qpu.two_qubit_fidelity ? f.percent(qpu.two_qubit_fidelity, 2) : "–"}</b><span className="muted">{t("fidelity")}</span></div>
            <div><b className="number">{f.number(qpu.waiting)}</b><span className="muted">{t("waiting")}</span></div>
          </div>
          <Facts facts={[
            [t("technology"), <>{technology(qpu.technology)}{qpu.simulated && <> <span className="tag">{t("simulated")}</span></>}</>],
            [t("calibrated"), <Calibrated qpu={qpu} />],
            [t("usedBy"), <UsedBy qpu={qpu} />],
            [t("back"), qpu.back_at && <When at={qpu.back_at} />],
            [t("why"), qpu.why],
          ]} />
          <footer><Link to={addressOf(qpu)}>{t("open")}</Link> <span className="muted small">{t("credits", { n: f.number(qpu.per_hour, 2) })}</span> <span className="toolbar-space" /> <DeviceService qpu={qpu} small /></footer>
        </li>
      ))}
      {qpus.length === 0 && <li>{c("none")}</li>}
    </ul>
  );
}

export function DeviceTable({ qpus }: { qpus: readonly Qpu[] }): ReactNode {
  const t = useQuantumWords();
  const f = useFormat();
  const technology = useTechnology();
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t("title")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("device")}</th><th scope="col">{t("state")}</th><th scope="col">{t("technology")}</th><th scope="col" className="right">{t("qubits")}</th>
            <th scope="col">{t("gates")}</th><th scope="col" className="right">{t("fidelity")}</th><th scope="col">{t("calibrated")}</th><th scope="col">{t("usedBy")}</th>
            <th scope="col" className="right">{t("waiting")}</th><th scope="col" className="right">{t("loops")}</th><th scope="col" className="right">{t("price")}</th>
          </tr>
        </thead>
        <tbody>
          {qpus.map((qpu) => (
            <tr key={qpu.name}>
              <td><Link to={addressOf(qpu)}><b>{qpu.name}</b></Link></td>
              <td title={qpu.why}><ServiceState state={qpu.state} /></td>
              <td>{technology(qpu.technology)}{qpu.simulated && <> <span className="tag">{t("simulated")}</span></>}</td>
              <td className="right number">{f.number(qpu.qubits)}</td>
              <td className="mono">{qpu.gates.join(" ")}</td>
              <td className="right number">{qpu.two_qubit_fidelity ? f.percent(qpu.two_qubit_fidelity, 2) : "–"}</td>
              <td><Calibrated qpu={qpu} /></td>
              <td><UsedBy qpu={qpu} /></td>
              <td className="right number">{f.number(qpu.waiting)}</td>
              <td className="right number">{f.number(qpu.loops)}</td>
              <td className="right number">{f.number(qpu.per_hour, 2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
