import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { api, told } from "../../api/client";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { Panel, ScreenHead } from "../../ui/Panel";
import { useReportsWords } from "./words";

/** Reports of the twin that lie in the centre's data, the newest first. */
export default function Reports(): ReactNode {
  const t = useReportsWords();
  const f = useFormat();
  const query = useQuery({ queryKey: ["reports"], queryFn: ({ signal }) => told(api.GET("/v1/reports", { signal })), refetchInterval: 30_000 });
  return (
    <>
      <ScreenHead title={t("title")} below={t("lead")} />
      <Panel flush title={t("title")}>
        <Shown query={query} isEmpty={(all) => all.length === 0} empty={<Nothing>{t("none")}</Nothing>}>
          {(all) => (
            <div className="table-scroll">
              <table className="table">
                <thead><tr><th scope="col">{t("report")}</th><th scope="col">{t("name")}</th><th scope="col" className="right">{t("size")}</th><th scope="col" className="right">{t("written")}</th></tr></thead>
                <tbody>
                  {all.map((report) => (
                    <tr key={report.name}>
                      <td><Link to={`/reports/${encodeURIComponent(report.name)}`}>{report.title || t("untitled")}</Link></td>
                      <td className="mono">{report.name}</td>
                      <td className="right number">{f.bytes(report.size_bytes)}</td>
                      <td className="right"><When at={report.written_at} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Shown>
      </Panel>
    </>
  );
}
