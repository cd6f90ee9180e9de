import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState, type ReactNode } from "react";
import { api, told } from "../../api/client";
import { Failed } from "../../states/Failed";
import { Loading, Nothing } from "../../states/Shown";
import { Panel, ScreenHead } from "../../ui/Panel";
import { useAddress } from "../../ui/useAddress";
import { Both } from "./Both";
import { Form } from "./Form";
import { addressOf, isEmpty, questionOf, requestOf, type Question } from "./question";
import { Starts } from "./Starts";
import { useWhatIfWords } from "./words";
import "./whatif.css";

/** A question to the live centre: both of its futures, with and without a change, side by side. */
export default function WhatIf(): ReactNode {
  const t = useWhatIfWords();
  const [search, setAddress] = useAddress();
  const [submit, setSubmit] = useState<string[]>([]);
  const question = useMemo(() => questionOf(search, submit), [search, submit]);
  const change = (changes: Partial<Question>): void => {
    if (changes.submit) setSubmit(changes.submit);
    const address = addressOf(changes);
    if (Object.keys(address).length > 0) setAddress(address);
  };
  const ask = useMutation({ mutationFn: (asked: Question) => told(api.POST("/v1/whatif", { body: requestOf(asked) })) });
  const nothing = isEmpty(question);
  const isOlder = ask.data !== undefined && JSON.stringify(ask.variables) !== JSON.stringify(question);
  const begin = (): void => {
    ask.reset();
    change({ drain: [], resume: [], add: [], weights: {}, submit: [] });
  };
  return (
    <>
      <ScreenHead title={t("title")} below={t("lead")} />
      <div className="whatif">
        <Panel title={t("change")} extra={!nothing && <Button type="link" size="small" onClick={begin}>{t("clear")}</Button>}>
          <form onSubmit={(event) => { event.preventDefault(); if (!nothing && !ask.isPending) ask.mutate(question); }}>
            <Form question={question} onChange={change} />
            <Button type="primary" htmlType="submit" block disabled={nothing} loading={ask.isPending} title={nothing ? t("nothing") : ""}>{ask.isPending ? t("asking") : t("ask")}</Button>
            {nothing && <p className="muted small whatif-nothing">{t("nothing")}</p>}
          </form>
        </Panel>
        <div className="whatif-answer" aria-live="polite">
          {isOlder && !ask.isPending && <p className="state-stale" role="status">{t("older")}</p>}
          {ask.isPending ? <Panel title={t("both")}><Loading lines={8} /></Panel>
            : ask.error ? <Panel title={t("both")}><Failed error={ask.error} onRetry={() => ask.mutate(question)} /></Panel>
              : ask.data ? <><Both view={ask.data} /><Starts view={ask.data} /></>
                : <Panel title={t("both")}><Nothing>{t("notAsked")}</Nothing></Panel>}
        </div>
      </div>
    </>
  );
}
