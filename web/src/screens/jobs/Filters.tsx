import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Segmented, Select } from "antd";
import { memo, useEffect, useState, type ReactNode } from "react";
import { api, told } from "../../api/client";
import { useCommonWords } from "../../i18n/common";
import { endedStates, liveStates, type State } from "../../ui/JobState";
import { isFiltered, type Filter, type Which, type Word } from "./filter";
import { useJobsWords } from "./words";

const kinds = ["general", "ai", "supercomputing", "quantum"] as const;

/** A field that asks when its reader pauses, or presses Enter. */
function WordField({ word, value, onChange, search = false }: { word: Word & ("user" | "project" | "name"); value: string; onChange: (value: string) => void; search?: boolean }): ReactNode {
  const t = useJobsWords();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text.trim()), 400);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <span {...(search ? { "data-search": true } : {})}>
      <Input allowClear value={text} aria-label={t(word)} placeholder={t(word)} title={t("exact")} style={{ width: search ? 180 : 120 }}
        prefix={search ? <SearchOutlined className="muted" aria-hidden /> : undefined}
        onChange={(event) => setText(event.target.value)} onPressEnter={() => onChange(text.trim())} />
    </span>
  );
}

/** Its rows change many times a second, the filter does not. */
export const Filters = memo(function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }): ReactNode {
  const t = useJobsWords();
  const c = useCommonWords();
  const centre = useQuery({ queryKey: ["centre"], queryFn: () => told(api.GET("/v1/centre")) });
  const set = (word: Word) => (value: string) => onChange({ ...filter, words: { ...filter.words, [word]: value } });
  const states = filter.which === "live" ? liveStates : filter.which === "ended" ? endedStates : [...liveStates, ...endedStates];
  return (
    <div className="filters" role="search">
      <Segmented aria-label={t("shown")} value={filter.which}
        onChange={(which: Which) => onChange({ ...filter, which, states: [] })}
        options={(["all", "live", "ended"] as const).map((value) => ({ value, label: t(`show.${value}`) }))} />
      <WordField word="name" value={filter.words.name ?? ""} onChange={set("name")} search />
      <Select mode="multiple" allowClear maxTagCount={2} aria-label={t("state")} placeholder={t("state")} style={{ minWidth: 130 }} value={filter.states}
        onChange={(chosen: State[]) => onChange({ ...filter, states: chosen })} options={states.map((value) => ({ value, label: c(`state.${value}`) }))} />
      <Select allowClear aria-label={t("kind")} placeholder={t("kind")} style={{ width: 130 }} value={filter.words.kind ?? null}
        onChange={(kind: string | null) => set("kind")(kind ?? "")} options={kinds.map((value) => ({ value, label: c(`kind.${value}`) }))} />
      <Select allowClear aria-label={t("partition")} placeholder={t("partition")} style={{ width: 130 }} value={filter.words.partition ?? null}
        onChange={(partition: string | null) => set("partition")(partition ?? "")} options={(centre.data?.partitions ?? []).map((value) => ({ value, label: value }))} />
      <WordField word="project" value={filter.words.project ?? ""} onChange={set("project")} />
      <WordField word="user" value={filter.words.user ?? ""} onChange={set("user")} />
      {isFiltered(filter) && <Button type="link" onClick={() => onChange({ which: "all", states: [], words: {} })}>{t("clear")}</Button>}
    </div>
  );
});
