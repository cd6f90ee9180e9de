import { useCallback, useMemo, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { Nothing, Shown } from "../../states/Shown";
import { ScreenHead } from "../../ui/Panel";
import { VirtualTable } from "../../ui/VirtualTable";
import { useJobColumns } from "./columns";
import { filterOf, isFiltered, searchOf, type Filter } from "./filter";
import { Filters } from "./Filters";
import { useJobRows } from "./useJobRows";
import { useJobsWords } from "./words";
import "./jobs.css";

/** All jobs, newest first. The filter is the address, so a view can be sent to a colleague. */
export default function Jobs(): ReactNode {
  const t = useJobsWords();
  const f = useFormat();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const filter = useMemo(() => filterOf(search), [search]);
  const change = useCallback((next: Filter) => setSearch(searchOf(next), { replace: true }), [setSearch]);
  const { query, rows, isAll, isLoadingMore, loadMore } = useJobRows(filter);
  const columns = useJobColumns();
  const open = useCallback((job: Schemas["JobView"]) => void navigate(`/jobs/${job.id}`), [navigate]);
  const n = f.number(rows.length);
  return (
    <>
      <ScreenHead title={t("title")} below={query.data && <span role="status">{isAll ? t("loadedAll", { n }) : t("loaded", { n })}</span>} />
      <section className="panel jobs">
        <Filters filter={filter} onChange={change} />
        <Shown query={query} isEmpty={(page) => page.length === 0 && rows.length === 0}
          empty={<Nothing>{isFiltered(filter) ? t("none") : t("noneYet")}</Nothing>}>
          {() => (
            <VirtualTable label={t("table")} columns={columns} rows={rows} onOpen={open} onEnd={loadMore} minWidth={1180}
              foot={isLoadingMore ? t("loading") : isAll ? "" : t("older")} />
          )}
        </Shown>
      </section>
    </>
  );
}
