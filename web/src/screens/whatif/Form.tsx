import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber, Segmented, Select } from "antd";
import { useId, type ReactNode } from "react";
import { useNodes } from "../../api/directory";
import { futures, horizons, weights, type Futures, type Horizon, type Question } from "./question";
import { useWhatIfWords } from "./words";

interface Part {
  question: Question;
  onChange: (changes: Partial<Question>) => void;
}

function Nodes({ question, onChange, names }: Part & { names: string[] }): ReactNode {
  const t = useWhatIfWords();
  const id = useId();
  const options = names.map((value) => ({ value, label: value }));
  return (
    <>
      <label htmlFor={`${id}-drain`}>{t("drain")}</label>
      <Select id={`${id}-drain`} mode="multiple" allowClear maxTagCount={6} placeholder={t("drainHint")} value={question.drain} options={options} onChange={(drain: string[]) => onChange({ drain })} />
      <label htmlFor={`${id}-resume`}>{t("resume")}</label>
      <Select id={`${id}-resume`} mode="multiple" allowClear maxTagCount={6} placeholder={t("resumeHint")} value={question.resume} options={options} onChange={(resume: string[]) => onChange({ resume })} />
      <fieldset className="plain">
        <legend>{t("add")}</legend>
        {question.add.map((one, i) => {
          const set = (next: Partial<typeof one>): void => onChange({ add: question.add.map((each, n) => (n === i ? { ...each, ...next } : each)) });
          return (
            <div key={i} className="whatif-add">
              <InputNumber aria-label={t("count")} min={1} max={100_000} precision={0} value={one.count} onChange={(count) => set({ count: count ?? 1 })} />
              <span className="muted">{t("like")}</span>
              <Select showSearch aria-label={t("like")} value={one.like} options={options} onChange={(like: string) => set({ like })} />
              <Button type="text" icon={<DeleteOutlined aria-hidden />} aria-label={t("less")} title={t("less")} onClick={() => onChange({ add: question.add.filter((_, n) => n !== i) })} />
            </div>
          );
        })}
        <Button size="small" icon={<PlusOutlined aria-hidden />} disabled={names.length === 0} onClick={() => onChange({ add: [...question.add, { like: question.add.at(-1)?.like ?? names[0]!, count: 1 }] })}>{t("more")}</Button>
      </fieldset>
    </>
  );
}

function Weights({ question, onChange }: Part): ReactNode {
  const t = useWhatIfWords();
  const id = useId();
  const set = (name: string, value: number | null): void => {
    const { [name as "age"]: _, ...rest } = question.weights;
    onChange({ weights: value === null ? rest : { ...rest, [name]: value } });
  };
  return (
    <fieldset className="plain">
      <legend>{t("weights")}</legend>
      <div className="whatif-weights">
        {weights.map((name) => (
          <div key={name}>
            <label htmlFor={`${id}-${name}`} className="small muted">{t(`weight.${name}`)}</label>
            <InputNumber id={`${id}-${name}`} min={0} max={1_000_000} precision={0} placeholder={t("asIs")} value={question.weights[name] ?? null} onChange={(value) => set(name, value)} />
          </div>
        ))}
      </div>
    </fieldset>
  );
}

function Jobs({ question, onChange }: Part): ReactNode {
  const t = useWhatIfWords();
  return (
    <fieldset className="plain">
      <legend>{t("submit")}</legend>
      {question.submit.map((text, i) => (
        <div key={i} className="whatif-job">
          <Input.TextArea aria-label={t("document", { n: i + 1 })} className="mono" autoSize={{ minRows: 4, maxRows: 14 }} spellCheck={false} placeholder={t("document", { n: i + 1 })} value={text}
            onChange={(event) => onChange({ submit: question.submit.map((each, n) => (n === i ? event.target.value : each)) })} />
          <Button type="text" icon={<DeleteOutlined aria-hidden />} aria-label={t("less")} title={t("less")} onClick={() => onChange({ submit: question.submit.filter((_, n) => n !== i) })} />
        </div>
      ))}
      <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => onChange({ submit: [...question.submit, t("sample")] })}>{t("more")}</Button>
    </fieldset>
  );
}

/** What is to change: nodes, weights, jobs; and how far and how often to look ahead. */
export function Form({ question, onChange }: Part): ReactNode {
  const t = useWhatIfWords();
  const id = useId();
  const nodes = useNodes();
  return (
    <div className="fields">
      <Nodes question={question} onChange={onChange} names={(nodes.data ?? []).map((node) => node.name)} />
      <Weights question={question} onChange={onChange} />
      <Jobs question={question} onChange={onChange} />
      <fieldset className="plain">
        <legend>{t("ahead")}</legend>
        <Segmented aria-label={t("ahead")} value={question.horizon} onChange={(horizon: Horizon) => onChange({ horizon })} options={(Object.keys(horizons) as Horizon[]).map((value) => ({ value, label: t(`aheads.${value}`) }))} />
      </fieldset>
      <label htmlFor={`${id}-futures`}>{t("futures")}</label>
      <Select id={`${id}-futures`} value={question.futures} onChange={(many: Futures) => onChange({ futures: many })} options={(Object.keys(futures) as Futures[]).map((value) => ({ value, label: t(`futuresOf.${value}`) }))} />
    </div>
  );
}
