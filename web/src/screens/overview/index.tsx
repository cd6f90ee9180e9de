import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { When } from "../../format/When";
import { useLive, useLiveQuery } from "../../live/useLive";
import { Loading, Shown } from "../../states/Shown";
import { Panel, ScreenHead } from "../../ui/Panel";
import { Kpis } from "./Kpis";
import { NextStarts, OpenIncidents } from "./Lists";
import { OverTime } from "./OverTime";
import { Resources } from "./Resources";
import { Work } from "./Work";
import { useOverviewWords } from "./words";
import "./overview.css";

/** The whole centre at a glance. Every figure is one of GET /v1/now, /v1/ledger/series or /v1/incidents. */
export default function Overview(): ReactNode {
  const t = useOverviewWords();
  const client = useQueryClient();
  const now = useQuery({ queryKey: ["now"], queryFn: () => told(api.GET("/v1/now")), refetchInterval: 15_000 });
  useLive("now", (news) => {
    const newest = news.findLast((each) => "now" in each);
    if (newest && "now" in newest) client.setQueryData<Schemas["NowView"]>(["now"], (before) => before && newest.now);
  });
  useLiveQuery("now", ["now"], { concerns: (news) => "reset" in news });
  return (
    <>
      <ScreenHead title={t("title")} below={now.data && <span>{t("asOf")} <When at={now.data.at} /></span>} />
      <Shown query={now} loading={<Panel title={t("title")}><Loading lines={8} /></Panel>}>
        {(seen) => (
          <>
            <Kpis now={seen} />
            <div className="columns">
              <div>
                <Panel title={t("resources")}><Resources pools={seen.pools} /></Panel>
                <OverTime />
              </div>
              <div>
                <Panel flush title={t("work")}><Work work={seen.work} /></Panel>
                <NextStarts next={seen.next} />
                <OpenIncidents />
              </div>
            </div>
          </>
        )}
      </Shown>
    </>
  );
}
