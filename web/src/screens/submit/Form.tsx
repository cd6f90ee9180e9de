import { useQuery } from "@tanstack/react-query";
import { Checkbox, Input, Segmented, Select } from "antd";
import { useId, useMemo, type ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useWho } from "../../auth/session";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { fieldAt, listAt, read, withField, withList, type Path } from "./document";
import type { Draft } from "./useSubmission";
import { useSubmitWords } from "./words";

type Refusal = Schemas["Refusal"];
type Change = (change: (before: Draft) => Draft) => void;

/** A field with its name, its hint, and what the centre has against it. */
function Labelled({ label, hint, errors, children, wide = false }: { label: string; hint?: ReactNode; errors: readonly Refusal[]; children: (id: string, describedBy: string | undefined) => ReactNode; wide?: boolean }): ReactNode {
  const id = useId();
  const said = errors.length > 0 || hint ? `${id}-said` : undefined;
  return (
    <div className={wide ? "field field-wide" : "field"}>
      <label htmlFor={id}>{label}</label>
      {children(id, said)}
      {said && (errors.length > 0
        ? <div id={said} className="field-error" role="alert">{errors.map((each, i) => <div key={i}>{each.message}{each.hint && <span className="muted"> {each.hint}</span>}</div>)}</div>
        : <div id={said} className="muted small">{hint}</div>)}
    </div>
  );
}

const within = (errors: readonly Refusal[], path: Path): Refusal[] =>
  errors.filter((each) => each.field === path.join(".") || (path.length === 1 && each.field.split(/[.[]/)[0] === path[0]) || (path[1] === "count" && each.field === path[0]) || (path[1] === "qubits" && each.field === path[0]));

function usePartitions(): Schemas["PartitionView"][] {
  return useQuery({ queryKey: ["partitions"], queryFn: ({ signal }) => told(api.GET("/v1/partitions", { signal })), staleTime: 300_000 }).data ?? [];
}
function useDevices(): string[] {
  const { data } = useQuery({ queryKey: ["qpus"], queryFn: ({ signal }) => told(api.GET("/v1/qpus", { signal })) });
  return (data ?? []).map((each) => each.name);
}

const kinds = ["general", "ai", "supercomputing", "quantum"] as const;
const prefers = ["balanced", "fidelity", "time"] as const;

/** The form of a job document. Each field changes its one place of the text. */
export function DocumentForm({ draft, change, errors }: { draft: Draft; change: Change; errors: readonly Refusal[] }): ReactNode {
  const t = useSubmitWords();
  const c = useCommonWords();
  const f = useFormat();
  const who = useWho();
  const partitions = usePartitions();
  const devices = useDevices();
  const { document, fault } = useMemo(() => read(draft.text), [draft.text]);
  if (fault) return <p className="muted form-waits">{t("formWaits")}</p>;
  const set = (path: Path) => (value: string) => change((before) => ({ ...before, text: withField(before.text, path, value) }));
  const setList = (key: string) => (value: string) => change((before) => ({ ...before, text: withList(before.text, key, value) }));
  const chosen = partitions.find((each) => each.name === fieldAt(document, ["partition"]).value) ?? partitions.find((each) => each.is_default);
  const types = [...new Set((chosen ? [chosen] : partitions).flatMap((each) => each.cards.map((cards) => cards.type)))];

  const text = (path: Path, label: string, more: { hint?: ReactNode; placeholder?: string; wide?: boolean; lines?: number } = {}): ReactNode => {
    const field = fieldAt(document, path);
    return (
      <Labelled label={label} errors={within(errors, path)} hint={field.isOther ? t("other") : more.hint} wide={more.wide ?? false}>
        {(id, said) => more.lines
          ? <Input.TextArea id={id} aria-describedby={said} className="mono" autoSize={{ minRows: more.lines, maxRows: 16 }} disabled={field.isOther} value={field.value} spellCheck={false} onChange={(event) => set(path)(event.target.value)} />
          : <Input id={id} aria-describedby={said} disabled={field.isOther} value={field.value} placeholder={more.placeholder} {...(within(errors, path).length > 0 ? { status: "error" as const } : {})} onChange={(event) => set(path)(event.target.value)} />}
      </Labelled>
    );
  };
  const choice = (path: Path, label: string, options: readonly { value: string; label: string }[], more: { free?: boolean; hint?: ReactNode; none?: string } = {}): ReactNode => {
    const field = fieldAt(document, path);
    return (
      <Labelled label={label} errors={within(errors, path)} hint={field.isOther ? t("other") : more.hint}>
        {(id, said) => more.free
          ? <><Input id={id} list={`${id}-known`} aria-describedby={said} disabled={field.isOther} value={field.value} onChange={(event) => set(path)(event.target.value)} /><datalist id={`${id}-known`}>{options.map((each) => <option key={each.value} value={each.value} />)}</datalist></>
          : (
            <Select id={id} aria-describedby={said} disabled={field.isOther} value={field.value} onChange={(value: string) => set(path)(value)}
              options={[{ value: "", label: more.none ?? t("byDefault") }, ...options, ...(field.value && !options.some((each) => each.value === field.value) ? [{ value: field.value, label: field.value }] : [])]} />
          )}
      </Labelled>
    );
  };
  const flag = (key: string, label: string): ReactNode => {
    const field = fieldAt(document, [key]);
    return <Checkbox checked={field.value === "true"} disabled={field.isOther} onChange={(event) => set([key])(event.target.checked ? "true" : "")}>{label}</Checkbox>;
  };
  const listed = (key: string, label: string, hint: string): ReactNode => {
    const field = listAt(document, [key]);
    return (
      <Labelled label={label} errors={within(errors, [key])} hint={field.isOther ? t("other") : hint}>
        {(id, said) => <LazyList id={id} describedBy={said} disabled={field.isOther} value={field.value} onChange={setList(key)} />}
      </Labelled>
    );
  };
  const hasParts = document.has("parts");
  const isQuantum = document.has("qpu") || fieldAt(document, ["kind"]).value === "quantum";
  const plain = (values: readonly string[]): { value: string; label: string }[] => values.map((value) => ({ value, label: value }));
  return (
    <div className="form">
      <h3>{t("section.what")}</h3>
      {text(["name"], t("field.name"))}
      {choice(["kind"], t("field.kind"), kinds.map((value) => ({ value, label: c(`kind.${value}`) })))}
      {choice(["project"], t("field.project"), plain(who.projects), { none: who.projects[0] ? t("defaultIs", { what: who.projects[0] }) : t("byDefault") })}
      {choice(["partition"], t("field.partition"), plain(partitions.map((each) => each.name)), {
        none: t("defaultIs", { what: partitions.find((each) => each.is_default)?.name ?? "" }), hint: chosen?.wall_ms && t("wallMost", { wall: f.duration(chosen.wall_ms) }),
      })}
      {text(["wall"], t("field.wall"), { placeholder: "2h", hint: t("hint.wall") })}
      {choice(["class"], t("field.class"), plain(["low", "normal", "high", "urgent"]), { free: true })}
      <h3>{t("section.needs")}</h3>
      {hasParts ? <p className="muted field-wide">{t("parts")}</p> : (
        <>
          {text(["tasks"], t("field.tasks"), { placeholder: "1", hint: t("hint.tasks") })}
          {text(["cores"], t("field.cores"), { placeholder: "1", hint: chosen && t("perTaskMost", { n: f.number(chosen.cores_on_a_node) }) })}
          {text(["memory"], t("field.memory"), { placeholder: "4G", hint: chosen && t("perTaskMost", { n: f.bytes(chosen.memory_on_a_node_bytes) }) })}
          {text(["cards", "count"], t("field.cards"), { placeholder: "0" })}
          {(types.length > 0 || fieldAt(document, ["cards", "type"]).value) && choice(["cards", "type"], t("field.cardType"), plain(types), { none: t("any") })}
        </>
      )}
      {(isQuantum || devices.length > 0) && isQuantum && (
        <>
          {text(["qpu", "qubits"], t("field.qubits"), { placeholder: "5" })}
          {choice(["qpu", "device"], t("field.device"), plain(devices), { none: t("anyGood") })}
          {choice(["qpu", "prefer"], t("field.prefer"), prefers.map((value) => ({ value, label: t(`prefer.${value}`) })))}
        </>
      )}
      <h3>{t("section.work")}</h3>
      {!hasParts && !document.has("command") && text(["script"], t("field.script"), { wide: true, lines: 5 })}
      {document.has("command") && <p className="muted field-wide">{t("command")}</p>}
      {text(["workdir"], t("field.workdir"), { hint: t("hint.workdir"), wide: true })}
      <details className="field-wide form-more">
        <summary>{t("section.more")}</summary>
        <div className="form">
          {text(["array"], t("field.array"), { placeholder: "0-9%4" })}
          {text(["output"], t("field.output"), { placeholder: "out-%j.txt" })}
          {listed("after-ok", t("field.afterOk"), t("hint.afterOk"))}
          {text(["deadline"], t("field.deadline"), { placeholder: "2026-12-01T08:00:00Z" })}
          {text(["reservation"], t("field.reservation"))}
          {text(["comment"], t("field.comment"))}
          <div className="field-wide form-flags">{flag("preemptible", t("field.preemptible"))}{flag("hold", t("field.hold"))}</div>
        </div>
      </details>
    </div>
  );
}

/** A list is written as its writer leaves the field: half a list is none. */
function LazyList({ id, describedBy, disabled, value, onChange }: { id: string; describedBy: string | undefined; disabled: boolean; value: string; onChange: (value: string) => void }): ReactNode {
  return <Input key={value} id={id} aria-describedby={describedBy} disabled={disabled} defaultValue={value} placeholder="12, 13" onBlur={(event) => event.target.value !== value && onChange(event.target.value)} onPressEnter={(event) => onChange(event.currentTarget.value)} />;
}

/** What the request says beside a script or a circuit: their own text says the rest. */
export function BesideForm({ draft, change, errors }: { draft: Draft; change: Change; errors: readonly Refusal[] }): ReactNode {
  const t = useSubmitWords();
  const devices = useDevices();
  const set = (name: string) => (value: string) => change((before) => ({ ...before, beside: { ...before.beside, [name]: value } }));
  const text = (name: "name" | "workdir" | "shots" | "seed", placeholder?: string): ReactNode => (
    <Labelled label={t(`field.${name}`)} errors={within(errors, [name])} hint={name === "seed" ? t("hint.seed") : undefined} wide={name === "workdir"}>
      {(id, said) => <Input id={id} aria-describedby={said} value={draft.beside[name] ?? ""} placeholder={placeholder} onChange={(event) => set(name)(event.target.value.trim())} />}
    </Labelled>
  );
  const choice = (name: "device" | "prefer", options: readonly { value: string; label: string }[], none: string): ReactNode => (
    <Labelled label={t(`field.${name}`)} errors={within(errors, [name])}>
      {(id, said) => <Select id={id} aria-describedby={said} value={draft.beside[name] ?? ""} onChange={set(name)} options={[{ value: "", label: none }, ...options]} />}
    </Labelled>
  );
  return (
    <div className="form">
      <p className="muted field-wide">{draft.kind === "script" ? t("scriptSays") : t("circuitSays")}</p>
      {text("name")}
      {draft.kind === "script" ? text("workdir") : (
        <>
          {text("shots", "1000")}
          {choice("device", devices.map((value) => ({ value, label: value })), t("anyGood"))}
          {choice("prefer", prefers.map((value) => ({ value, label: t(`prefer.${value}`) })), t("byDefault"))}
          {text("seed")}
        </>
      )}
    </div>
  );
}

export function KindSwitch({ draft, change }: { draft: Draft; change: Change }): ReactNode {
  const t = useSubmitWords();
  return (
    <Segmented size="small" aria-label={t("kindOfText")} value={draft.kind} onChange={(kind: Draft["kind"]) => change((before) => ({ ...before, kind }))}
      options={(["yaml", "script", "circuit"] as const).map((value) => ({ value, label: t(`kinds.${value}`) }))} />
  );
}
