import { Button, Input, Segmented, Select } from "antd";
import type { ReactNode } from "react";
import { useCentre, useProjects, useUsers } from "../../api/directory";
import { useCommonWords } from "../../i18n/common";
import { Choice } from "../../ui/Choice";
import { fromField, groups, kinds, presets, toField, type Preset, type Question } from "./question";
import { useLedgerWords } from "./words";

type Change = (changes: Record<string, string>) => void;

/** A day and time in the browser's own field: it has the reader's zone, language and keyboard. */
function Instant({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }): ReactNode {
  return (
    <label className="ledger-instant">
      <span className="muted">{label}</span>
      <Input type="datetime-local" value={toField(value)} onChange={(event) => onChange(fromField(event.target.value))} />
    </label>
  );
}

export function Filters({ question, onChange, span }: { question: Question; onChange: Change; span: { from: string; to: string } | undefined }): ReactNode {
  const t = useLedgerWords();
  const c = useCommonWords();
  const [centre, projects, users] = [useCentre(), useProjects(), useUsers()];
  const { period } = question;
  const choosePeriod = (next: Preset | "free"): void =>
    next === "free"
      ? onChange({ period: "", from: question.from || span?.from || new Date(Date.now() - presets.day).toISOString(), to: question.to || span?.to || "" })
      : onChange({ period: next, from: "", to: "" });
  const filtered = question.partition || question.project || question.user || question.kind || question.by;
  return (
    <div className="filters" role="search">
      <Segmented aria-label={t("period")} value={period} onChange={choosePeriod}
        options={([...Object.keys(presets), "free"] as (Preset | "free")[]).map((value) => ({ value, label: t(`periods.${value}`) }))} />
      {period === "free" && (
        <>
          <Instant label={t("from")} value={question.from} onChange={(from) => onChange({ from })} />
          <Instant label={t("to")} value={question.to} onChange={(to) => onChange({ to })} />
        </>
      )}
      <span data-search>
        <Choice label={t("partition")} value={question.partition} options={centre.data?.partitions ?? []} onChange={(partition) => onChange({ partition, pool: "" })} />
      </span>
      <Choice label={t("project")} value={question.project} options={(projects.data ?? []).map((each) => each.name)} onChange={(project) => onChange({ project })} />
      <Choice label={t("user")} value={question.user} options={(users.data ?? []).map((each) => each.name)} onChange={(user) => onChange({ user })} width={120} />
      <Choice label={t("kind")} value={question.kind} options={kinds.map((value) => ({ value, label: c(`kind.${value}`) }))} onChange={(kind) => onChange({ kind })} width={120} />
      <Select allowClear aria-label={t("by")} placeholder={t("by")} style={{ width: 120 }} value={question.by || null} onChange={(by: string | null | undefined) => onChange({ by: by ?? "" })}
        options={groups.map((value) => ({ value, label: t(`bys.${value}`) }))} />
      {filtered && <Button type="link" onClick={() => onChange({ partition: "", project: "", user: "", kind: "", by: "", pool: "" })}>{t("clear")}</Button>}
    </div>
  );
}
