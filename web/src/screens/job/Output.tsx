import { DownloadOutlined, DownOutlined, UpOutlined, VerticalAlignBottomOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber, Segmented, Select } from "antd";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { Failed } from "../../states/Failed";
import { useTell } from "../../ui/Confirm";
import { Panel } from "../../ui/Panel";
import { attemptNumber } from "./Attempts";
import { Log, type LogHandle } from "./Log";
import { followOutput, saveOutput, type OutputQuestion, type OutputState } from "./output";
import { useJobWords } from "./words";

function Search({ log }: { log: () => LogHandle | null }): ReactNode {
  const t = useJobWords();
  const [text, setText] = useState("");
  const [found, setFound] = useState(true);
  const go = (backwards: boolean, what = text): void => setFound(what === "" || (log()?.find(what, backwards) ?? false));
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") go(event.shiftKey);
  };
  return (
    <span className="log-search" data-search>
      <Input size="small" allowClear value={text} aria-label={t("search")} placeholder={t("search")} status={found ? "" : "warning"} style={{ width: 190 }}
        suffix={found ? undefined : <span className="muted small">{t("noMatch")}</span>}
        onChange={(event) => { setText(event.target.value); go(true, event.target.value); }} onKeyDown={onKeyDown} />
      <Button size="small" type="text" icon={<UpOutlined aria-hidden />} aria-label={t("previous")} title={t("previous")} onClick={() => go(true)} />
      <Button size="small" type="text" icon={<DownOutlined aria-hidden />} aria-label={t("next")} title={t("next")} onClick={() => go(false)} />
    </span>
  );
}

/** What the job writes, as it writes it. */
export default function Output({ detail }: { detail: Schemas["JobDetail"] }): ReactNode {
  const t = useJobWords();
  const f = useFormat();
  const tell = useTell();
  const { job } = detail;
  const log = useRef<LogHandle>(null);
  const [stream, setStream] = useState<OutputQuestion["stream"]>("out");
  const [attempt, setAttempt] = useState("");
  const [task, setTask] = useState(0);
  const [state, setState] = useState<OutputState>("waiting");
  const [seen, setSeen] = useState(false);
  const [dropped, setDropped] = useState(0);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [following, setFollowing] = useState(true);
  const question = useMemo<OutputQuestion>(() => ({ job: job.id, stream, attempt, task }), [job.id, stream, attempt, task]);

  useEffect(() => {
    setRefusal(null);
    setSeen(false);
    setDropped(0);
    log.current?.clear();
    return followOutput({
      ...question,
      onBytes: (bytes) => {
        setSeen(true);
        log.current?.write(bytes);
      },
      onState: setState, onDropped: setDropped, onRefused: setRefusal,
    });
  }, [question]);

  const attempts = [{ value: "", label: t("newestAttempt") }, ...detail.attempts.map((each) => ({ value: attemptNumber(each), label: t("attemptN", { n: attemptNumber(each) }) }))];
  const said = state === "broken" ? t("broken") : state === "complete" ? t("complete") : state === "following" && seen ? t("following") : "";
  return (
    <Panel flush title={<>{t("output")} <span className="muted small" role="status">{said}</span></>} className="output"
      extra={
        <>
          <Search log={() => log.current} />
          {detail.attempts.length > 1 && <Select size="small" aria-label={t("attempt")} value={attempt} onChange={setAttempt} options={attempts} popupMatchSelectWidth={false} />}
          {job.tasks > 1 && <InputNumber size="small" aria-label={t("task")} prefix={t("task")} min={0} max={job.tasks - 1} value={task} onChange={(value) => setTask(value ?? 0)} style={{ width: 104 }} />}
          <Segmented size="small" aria-label={t("stream")} value={stream} onChange={setStream} options={[{ value: "out", label: t("out") }, { value: "err", label: t("err") }]} />
          <Button size="small" type={following ? "default" : "primary"} icon={<VerticalAlignBottomOutlined aria-hidden />} onClick={() => { log.current?.toEnd(); setFollowing(true); }}>{t("follow")}</Button>
          <Button size="small" icon={<DownloadOutlined aria-hidden />} onClick={() => void saveOutput(question).catch(tell.failed)}>{t("download")}</Button>
        </>
      }>
      {refusal ? <Failed error={refusal} /> : (
        <>
          {dropped > 0 && <p className="log-note muted small">{t("dropped", { size: f.bytes(dropped) })}</p>}
          {!seen && <p className="log-note muted">{state === "complete" ? t("noOutput") : " "}</p>}
          <Log ref={log} label={t("output")} onFollowing={setFollowing} />
        </>
      )}
    </Panel>
  );
}
