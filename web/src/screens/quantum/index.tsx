import { Segmented } from "antd";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { Panel, ScreenHead } from "../../ui/Panel";
import { isInService } from "../../ui/ServiceState";
import { DeviceCards, DeviceTable } from "./Devices";
import { QuantumJobs } from "./QuantumJobs";
import { useQpus } from "./useQpus";
import { useQuantumWords } from "./words";
import "./quantum.css";

/** The centre's quantum devices: how well they do today, and who uses them. */
export default function Quantum(): ReactNode {
  const t = useQuantumWords();
  const f = useFormat();
  const [search, setSearch] = useSearchParams();
  const isTable = search.get("view") === "table";
  const query = useQpus();
  const up = query.data?.filter((qpu) => isInService(qpu.state)).length ?? 0;
  return (
    <>
      <ScreenHead title={t("title")} below={query.data && query.data.length > 0 && <span>{t("inService", { n: f.number(up), all: f.number(query.data.length) })}</span>}
        actions={
          <Segmented aria-label={t("how")} value={isTable ? "table" : "cards"} onChange={(value) => setSearch(value === "table" ? { view: "table" } : {}, { replace: true })}
            options={(["cards", "table"] as const).map((value) => ({ value, label: t(`view.${value}`) }))} />
        } />
      <Shown query={query} isEmpty={(qpus) => qpus.length === 0} empty={<Nothing>{t("noDevices")}</Nothing>}>
        {(qpus) => (isTable ? <Panel flush title={t("devices")}><DeviceTable qpus={qpus} /></Panel> : <DeviceCards qpus={qpus} />)}
      </Shown>
      <QuantumJobs />
    </>
  );
}
