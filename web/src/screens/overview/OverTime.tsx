import { useQuery } from "@tanstack/react-query";
import { Segmented, Select } from "antd";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Nothing, Shown } from "../../states/Shown";
import { useTheme } from "../../theme";
import type { UseClass } from "../../theme/palette";
import { Panel } from "../../ui/Panel";
import { StackedArea } from "../../ui/StackedArea";
import { useResourceName } from "./Resources";
import { useOverviewWords } from "./words";

const periods = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000, life: 0 } as const;
type Period = keyof typeof periods;

function askSeries(period: Period): Promise<Schemas["LedgerView"][]> {
  const length = periods[period];
  const query = length > 0 ? { from: new Date(Date.now() - length).toISOString(), steps: 96 } : { steps: 96 };
  return told(api.GET("/v1/ledger/series", { params: { query } }));
}

type Line = Schemas["LedgerLine"];
const keyOf = (line: Line): string => `${line.partition}/${line.resource}`;
const share = (line: Line | undefined, use: string): number | null =>
  !line || line.capacity === "0" ? null : Number(line.classes[use] ?? 0) / Number(line.capacity);

function Areas({ series, pool }: { series: Schemas["LedgerView"][]; pool: string }): ReactNode {
  const t = useOverviewWords();
  const c = useCommonWords();
  const f = useFormat();
  const { palette } = useTheme();
  // Before its first record a centre has no capacity: the picture begins with the centre.
  const known = useMemo(() => {
    const first = series.findIndex((view) => view.lines.some((line) => line.capacity !== "0"));
    return series.slice(Math.max(0, first));
  }, [series]);
  const until = new Date(known.at(-1)?.to ?? 0).getTime() / 1000;
  const times = useMemo(() => known.map((view) => new Date(view.from).getTime() / 1000), [known]);
  const areas = useMemo(() => {
    const lines = known.map((view) => view.lines.find((line) => keyOf(line) === pool));
    const classes = Object.keys(lines.at(-1)?.classes ?? {}) as UseClass[];
    return classes.map((use) => ({
      name: c(`class.${use}`), colour: palette.classes[use], values: lines.map((line) => share(line, use)),
    }));
  }, [known, pool, palette, c]);
  const say = useCallback((value: number) => f.percent(value, value === 0 || value === 1 ? 0 : 1), [f]);
  return <StackedArea times={times} until={until} series={areas} max={1} say={say} label={`${t("over")}: ${pool}, ${t("of")}`} />;
}

/** The full 100 % of a partition's resource, by ledger class, over a period. */
export function OverTime(): ReactNode {
  const t = useOverviewWords();
  const resource = useResourceName();
  const [period, setPeriod] = useState<Period>("hour");
  const [wanted, setPool] = useState<string>();
  const query = useQuery({
    queryKey: ["ledger-series", period], queryFn: () => askSeries(period), refetchInterval: period === "hour" ? 15_000 : 120_000,
    placeholderData: (before) => before,
  });
  const pools = query.data?.at(-1)?.lines ?? [];
  const pool = pools.find((line) => keyOf(line) === wanted) ?? pools.find((line) => line.resource !== "cores") ?? pools[0];
  const options = pools.map((line) => ({ value: keyOf(line), label: `${line.partition} · ${resource(line.resource)}` }));
  const address = pool && new URLSearchParams({ period, partition: pool.partition, pool: keyOf(pool) }).toString();
  return (
    <Panel
      title={<>{t("over")} <span className="muted small">{t("of")}</span></>}
      extra={
        <>
          {pool && <Select aria-label={t("pool")} size="small" options={options} value={keyOf(pool)} onChange={setPool} popupMatchSelectWidth={false} style={{ minWidth: 160 }} />}
          {address && <Link to={`/ledger?${address}`} className="small">{t("ledger")}</Link>}
          <Segmented size="small" aria-label={t("period")} value={period} onChange={setPeriod} options={(Object.keys(periods) as Period[]).map((value) => ({ value, label: t(`periods.${value}`) }))} />
        </>
      }
    >
      <Shown query={query} isEmpty={(series) => !series.some((view) => view.lines.some((line) => line.capacity !== "0"))} empty={<Nothing>{t("noLedger")}</Nothing>}>
        {(series) => pool && <Areas series={series} pool={keyOf(pool)} />}
      </Shown>
    </Panel>
  );
}
