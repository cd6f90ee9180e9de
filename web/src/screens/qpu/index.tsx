import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "react-router";
import { api, told } from "../../api/client";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { Loading, Nothing, Shown } from "../../states/Shown";
import { Facts } from "../../ui/Facts";
import { Panel, ScreenHead } from "../../ui/Panel";
import { ServiceState } from "../../ui/ServiceState";
import { Coupling, Worst } from "../quantum/Coupling";
import { DeviceService, UsedBy, useTechnology } from "../quantum/Devices";
import { useQpus } from "../quantum/useQpus";
import { useQuantumWords } from "../quantum/words";
import "../quantum/quantum.css";

/** One quantum device: how well each of its qubits does, who uses it. */
export default function Device(): ReactNode {
  const { name = "" } = useParams();
  const t = useQuantumWords();
  const f = useFormat();
  const technology = useTechnology();
  const query = useQpus();
  const qpu = query.data?.find((each) => each.name === name);
  const calibration = useQuery({
    queryKey: ["qpu-calibration", name, qpu?.calibration ?? ""], enabled: qpu !== undefined,
    queryFn: ({ signal }) => told(api.GET("/v1/qpus/{name}/calibration", { params: { path: { name } }, signal })),
    placeholderData: (before) => before,
  });
  return (
    <Shown query={query} loading={<Panel title={name}><Loading lines={8} /></Panel>} isEmpty={() => !qpu} empty={<Nothing>{t("missing", { name })}</Nothing>}>
      {() => qpu && (
        <>
          <ScreenHead title={qpu.name} below={<><ServiceState state={qpu.state} /> <span>{technology(qpu.technology)}</span>{qpu.simulated && <span className="tag">{t("simulated")}</span>} {qpu.why && <span>{qpu.why}</span>}</>}
            actions={<DeviceService qpu={qpu} />} />
          <div className="columns">
            <div>
              <Shown query={calibration} loading={<Panel title={t("coupling")}><Loading lines={10} /></Panel>}>
                {(seen) => (seen.qubits.length === 0
                  ? <Panel title={t("coupling")}><Nothing>{seen.ideal ? t("ideal") : t("notCalibratedYet")}</Nothing></Panel>
                  : <Coupling calibration={seen} measured={seen.calibrated_at && <span className="muted small">{t("measured")} <When at={seen.calibrated_at} relative /></span>} />)}
              </Shown>
              {calibration.data && calibration.data.qubits.length > 0 && <Worst calibration={calibration.data} />}
            </div>
            <div>
              <Panel title={t("facts")}>
                <Facts facts={[
                  [t("usedBy"), <UsedBy qpu={qpu} />],
                  [t("waiting"), <span className="number">{f.number(qpu.waiting)}</span>],
                  [t("loops"), <span className="number">{f.number(qpu.loops)}</span>],
                  [t("back"), qpu.back_at && <When at={qpu.back_at} />],
                  [t("qubits"), <span className="number">{f.number(qpu.qubits)}</span>],
                  [t("gates"), <span className="mono">{qpu.gates.join(" ")}</span>],
                  [t("fidelity"), qpu.two_qubit_fidelity ? f.percent(qpu.two_qubit_fidelity, 2) : null],
                  [t("calibrated"), qpu.calibrated_at && <When at={qpu.calibrated_at} relative />],
                  [t("calibrationName"), qpu.calibration && <span className="mono">{qpu.calibration}</span>],
                  [t("price"), <span className="number">{f.number(qpu.per_hour, 2)}</span>],
                  [t("description"), calibration.data?.description],
                  [t("source"), calibration.data?.source],
                ]} />
              </Panel>
            </div>
          </div>
        </>
      )}
    </Shown>
  );
}
