import { useQuery } from "@tanstack/react-query";
import { Segmented, Select } from "antd";
import { useCallback, useMemo, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { api, told } from "../../api/client";
import { When } from "../../format/When";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { useLiveQuery } from "../../live/useLive";
import { Nothing, Shown } from "../../states/Shown";
import { useTheme } from "../../theme";
import { categoryColour } from "../../theme/categories";
import { dark } from "../../theme/palette";
import { ScreenHead } from "../../ui/Panel";
import { VirtualTable, type Column } from "../../ui/VirtualTable";
import { askNodes } from "../nodes/useNodes";
import { Gantt, type Pointed } from "./Gantt";
import { modes, type Bar, type Picture } from "./rows";
import { usePlanWords } from "./words";
import "./plan.css";

const colourings = ["state", "kind", "project"] as const;
type Colouring = (typeof colourings)[number];
const kinds = ["general", "ai", "supercomputing", "quantum"];

function usePicture() {
  const key = ["plan-picture"];
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => told(api.GET("/v1/plan/picture", { signal })), refetchInterval: 15_000, structuralSharing: false });
  useLiveQuery("jobs", key, { every: 2_000, concerns: (news) => "job" in news || "reset" in news });
  return query;
}

function useKeys(picture: Picture | undefined, by: Colouring): { keys: string[]; keyOf: (bar: Bar) => string; colour: (key: string) => string; nameOf: (key: string) => string } {
  const t = usePlanWords();
  const c = useCommonWords();
  const { palette } = useTheme();
  const isDark = palette === dark;
  const keyOf = useCallback((bar: Bar) => (bar.state === "others" ? "others" : by === "state" ? bar.state : by === "kind" ? bar.kind : bar.project), [by]);
  const present = useMemo(() => [...new Set((picture?.bars ?? []).map(keyOf))].sort().join("\n"), [picture, keyOf]);
  const keys = useMemo(() => present.split("\n").filter(Boolean), [present]);
  const colour = useCallback((key: string) => {
    if (key === "others") return palette.classes.others;
    if (by === "state") return key === "promised" ? palette.classes.promised : key === "starting" ? palette.classes.start : palette.classes.productive;
    return categoryColour(by === "kind" ? kinds.indexOf(key) : keys.indexOf(key), isDark);
  }, [by, keys, palette, isDark]);
  const nameOf = (key: string): string => (key === "others" || by === "state" ? t(`state.${key as "running"}`) : by === "kind" ? c(`kind.${key as "ai"}`) : key);
  return { keys, keyOf, colour, nameOf };
}

/** What a bar is, and why it stands there. */
function Said({ pointed }: { pointed: Pointed }): ReactNode {
  const t = usePlanWords();
  const c = useCommonWords();
  const f = useFormat();
  const { bar, window } = pointed;
  return (
    <>
      {bar && (
        <>
          <b>{bar.name || t(`state.${bar.state as "running"}`)} {bar.job !== "0" && <span className="muted">{bar.job}</span>}</b>
          <div>{t(`state.${bar.state as "running"}`)}{bar.is_backfill && ` · ${t("backfill")}`}{bar.project && ` · ${bar.project} · ${bar.user}`}</div>
          <div className="number">{f.short(bar.start, Date.now())} – {bar.end ? f.short(bar.end, Date.now()) : t("unknownEnd")}</div>
          <div className="muted">
            {[
              Number(bar.cards) > 0 ? c("unit.card", { count: Number(bar.cards), n: f.number(bar.cards) }) : "",
              Number(bar.cores) > 0 ? c("unit.core", { count: Number(bar.cores), n: f.number(bar.cores) }) : "",
              bar.nodes.length === 1 ? bar.nodes[0]! : bar.nodes.length > 1 ? t("onNodes", { count: bar.nodes.length, n: f.number(bar.nodes.length) }) : t("noNodes"),
            ].filter(Boolean).join(" · ")}
          </div>
          {bar.why && <div>{f.sentence(bar.why)}</div>}
        </>
      )}
      {window && <div>{t(`window.${window.kind}`)} <b>{window.name}</b> <span className="number">{f.short(window.start, Date.now())} – {f.short(window.end, Date.now())}</span> <span className="muted">{window.why}</span></div>}
    </>
  );
}

function useBarColumns(): Column<Bar>[] {
  const t = usePlanWords();
  const f = useFormat();
  return useMemo<Column<Bar>[]>(() => [
    { key: "job", title: t("job"), width: "72px", align: "right", render: (bar) => <span className="number">{bar.job === "0" ? "–" : bar.job}</span> },
    { key: "name", title: t("name"), width: "minmax(140px, 2fr)", render: (bar) => bar.name },
    { key: "state", title: t("stateTitle"), width: "100px", render: (bar) => t(`state.${bar.state as "running"}`) },
    { key: "user", title: t("user"), width: "minmax(64px, 0.7fr)", render: (bar) => bar.user },
    { key: "project", title: t("project"), width: "minmax(72px, 0.8fr)", render: (bar) => bar.project },
    { key: "partition", title: t("partition"), width: "minmax(64px, 0.7fr)", render: (bar) => bar.partition },
    { key: "nodes", title: t("nodes"), width: "minmax(96px, 1fr)", render: (bar) => <span title={bar.nodes.join(", ")}>{bar.nodes.length > 1 ? t("onNodes", { count: bar.nodes.length, n: f.number(bar.nodes.length) }) : (bar.nodes[0] ?? <span className="muted">{t("noNodes")}</span>)}</span> },
    { key: "start", title: t("start"), width: "104px", align: "right", render: (bar) => <When at={bar.start} /> },
    { key: "end", title: t("end"), width: "120px", align: "right", render: (bar) => <When at={bar.end} /> },
    { key: "why", title: t("why"), width: "minmax(140px, 3fr)", render: (bar) => <span className="muted" title={f.sentence(bar.why)}>{[bar.is_backfill ? t("backfill") : "", f.sentence(bar.why)].filter(Boolean).join(" · ")}</span> },
  ], [t, f]);
}

/** What runs and what is promised, over time. How to look is in the address. */
export default function Plan(): ReactNode {
  const t = usePlanWords();
  const f = useFormat();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const query = usePicture();
  const isList = search.get("view") === "list";
  const mode = modes.find((each) => each === search.get("view")) ?? "nodes";
  const by = colourings.find((each) => each === search.get("by")) ?? "state";
  const partition = search.get("partition") ?? "";
  const set = (name: string, value: string): void => setSearch((before) => {
    const next = new URLSearchParams(before);
    if (value) next.set(name, value);
    else next.delete(name);
    return next;
  }, { replace: true });
  const centre = useQuery({ queryKey: ["centre"], queryFn: () => told(api.GET("/v1/centre")) });
  const known = useQuery({ queryKey: ["nodes"], queryFn: askNodes, staleTime: 60_000, structuralSharing: false });
  const nodes = useMemo(() => (known.data ?? []).filter((node) => !partition || node.partition === partition).map(({ name, partition: of }) => ({ name, partition: of })), [known.data, partition]);
  const picture = useMemo(() => query.data && (partition
    ? { ...query.data, bars: query.data.bars.filter((bar) => bar.partition === partition), windows: query.data.windows.filter((window) => window.partition === partition) }
    : query.data), [query.data, partition]);
  const { keys, keyOf, colour, nameOf } = useKeys(query.data, by);
  const colourOf = useCallback((bar: Bar) => colour(keyOf(bar)), [colour, keyOf]);
  const open = useCallback((bar: Bar) => bar.job !== "0" && void navigate(`/jobs/${bar.job}`), [navigate]);
  const columns = useBarColumns();
  const runs = picture?.bars.filter((bar) => bar.state === "running" || bar.state === "starting").length ?? 0;
  const promised = picture?.bars.filter((bar) => bar.state === "promised").length ?? 0;
  return (
    <>
      <ScreenHead title={t("title")} below={picture && (
        <>
          <span role="status">{t("running", { n: f.number(runs) })} · {t("promised", { n: f.number(promised) })}{picture.unpromised !== "0" && <> · {t("unpromised", { n: f.number(picture.unpromised) })}</>}{picture.left_off !== "0" && <> · {t("leftOff", { n: f.number(picture.left_off) })}</>}</span>
          <span>{t("planOf")} <When at={picture.plan_at} /></span>
        </>
      )} />
      <section className="panel plan" aria-label={t("title")}>
        <div className="toolbar">
          <Segmented aria-label={t("how")} value={isList ? "list" : mode} onChange={(value) => set("view", value === "nodes" ? "" : value)}
            options={([...modes, "list"] as const).map((value) => ({ value, label: t(`view.${value}`) }))} />
          {!isList && (
            <Segmented aria-label={t("by")} value={by} onChange={(value: Colouring) => set("by", value === "state" ? "" : value)}
              options={colourings.map((value) => ({ value, label: t(`colour.${value}`) }))} />
          )}
          <Select aria-label={t("partition")} style={{ width: 150 }} value={partition} onChange={(value: string) => set("partition", value)}
            options={[{ value: "", label: t("allPartitions") }, ...(centre.data?.partitions ?? []).map((value) => ({ value, label: value }))]} />
          <span className="toolbar-space" />
          {!isList && (
            <ul className="stack-legend plan-legend" aria-label={t("legend")}>
              {keys.slice(0, 10).map((key) => <li key={key}><i aria-hidden className={key === "promised" ? "plan-promised" : ""} style={{ background: colour(key) }} /> {nameOf(key)}</li>)}
              {keys.length > 10 && <li>{t("more", { n: f.number(keys.length - 10) })}</li>}
              {by !== "state" && <li><i aria-hidden className="plan-promised" /> {t("state.promised")}</li>}
              <li><i aria-hidden className="plan-limit" /> {t("toLimit")}</li>
              {picture?.windows.some((window) => window.kind === "maintenance") && <li><i aria-hidden className="plan-window plan-maintenance" /> {t("window.maintenance")}</li>}
              {picture?.windows.some((window) => window.kind === "work") && <li><i aria-hidden className="plan-window" /> {t("window.work")}</li>}
            </ul>
          )}
        </div>
        <Shown query={query} isEmpty={() => picture!.bars.length === 0 && picture!.windows.length === 0} empty={<Nothing>{t("nothing")}</Nothing>}>
          {() => (isList
            ? <VirtualTable label={t("table")} columns={columns} rows={picture!.bars} onOpen={open} minWidth={1180} />
            : <Gantt picture={picture!} mode={mode} nodes={nodes} colourOf={colourOf} onOpen={open} label={t("chart")} say={(pointed) => <Said pointed={pointed} />} />)}
        </Shown>
        {!isList && <p className="plan-hint muted small">{t("dragMeans")}</p>}
      </section>
    </>
  );
}
