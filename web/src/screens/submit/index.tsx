import { FileAddOutlined, ReadOutlined, SendOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { Loading } from "../../states/Shown";
import { useTell } from "../../ui/Confirm";
import { Panel, ScreenHead } from "../../ui/Panel";
import { kindOf, read, withField, withList } from "./document";
import { BesideForm, DocumentForm, KindSwitch } from "./Form";
import { Recipes, type Recipe } from "./Recipes";
import { firstDraft, submit, useCheck, useDraft, type Draft } from "./useSubmission";
import { Verdict } from "./Verdict";
import { useSubmitWords } from "./words";
import "./submit.css";

// The editor is larger than the rest of this screen.
const Editor = lazy(() => import("./Editor"));
const fileMost = 1 << 20;

/** Takes a file that is dropped anywhere on the screen. */
function useDrop(onFile: (file: File) => void): boolean {
  const [over, setOver] = useState(false);
  const newest = useRef(onFile);
  newest.current = onFile;
  useEffect(() => {
    let depth = 0;
    const has = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent): void => {
      if (has(event) && ++depth === 1) setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (has(event) && --depth === 0) setOver(false);
    };
    const hover = (event: DragEvent): void => {
      if (has(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!has(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) newest.current(file);
    };
    addEventListener("dragenter", enter);
    addEventListener("dragleave", leave);
    addEventListener("dragover", hover);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragenter", enter);
      removeEventListener("dragleave", leave);
      removeEventListener("dragover", hover);
      removeEventListener("drop", drop);
    };
  }, []);
  return over;
}

/** Writing a job: a form and its document side by side, and what the centre says of it before it is submitted. */
export default function Submit(): ReactNode {
  const t = useSubmitWords();
  const tell = useTell();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [draft, change] = useDraft();
  const { query, isCurrent } = useCheck(draft);
  const [goTo, setGoTo] = useState<{ line: number; n: number } | null>(null);
  const [chooses, setChooses] = useState(false);
  const chosen = useRef<HTMLInputElement>(null);
  const key = useRef({ text: "", key: "" });
  const onLine = useCallback((line: number) => setGoTo((before) => ({ line, n: (before?.n ?? 0) + 1 })), []);

  const take = (file: File): void => {
    if (file.size > fileMost) {
      tell.failed(new Error(t("tooLarge")));
      return;
    }
    void file.text().then((text) => {
      const kind = kindOf(file.name, text);
      const name = file.name.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 64);
      change(() => ({ kind, text, recipe: null, beside: kind === "yaml" ? {} : { name } }));
    });
  };
  const over = useDrop(take);
  const doneKey = ["submit-recipe"];
  const use = (recipe: Recipe, document: Recipe["jobs"][number]): void => {
    const ids = client.getQueryData<Record<string, string>>([...doneKey, recipe.name]) ?? {};
    const known = (names: readonly string[]): string => names.flatMap((name) => ids[name] ?? []).join(", ");
    let text = document.text;
    for (const [field, names] of [["after-ok", document.after_ok], ["after", document.after], ["after-any", document.after_any]] as const)
      if (known(names)) text = withList(text, field, known(names));
    text = withField(text, ["workdir"], recipe.folder);
    change(() => ({ kind: "yaml", text, beside: {}, recipe: { name: recipe.name, as: document.as } }));
    setChooses(false);
  };
  const send = useMutation({
    mutationFn: (what: Draft) => {
      // One text is one job, however often it is clicked.
      const text = JSON.stringify([what.kind, what.text, what.beside]);
      if (key.current.text !== text) key.current = { text, key: crypto.randomUUID() };
      return submit(what, key.current.key);
    },
    onSuccess: (made, what) => {
      tell.done(t("submitted", { id: made.id }));
      key.current = { text: "", key: "" };
      if (what.recipe) client.setQueryData<Record<string, string>>([...doneKey, what.recipe.name], (before) => ({ ...before, [what.recipe!.as]: made.id }));
      void navigate(`/jobs/${made.id}`);
    },
    onError: tell.failed,
  });
  const check = query.data?.check;
  const errors = check && !check.good ? check.errors : [];
  const fault = useMemo(() => (draft.kind === "yaml" ? read(draft.text).fault : null), [draft]);
  const marks = useMemo(() => {
    const said = errors.map((each) => ({ line: each.line, message: `${each.message} ${each.hint}`.trim() }));
    return said.length === 0 && fault?.message ? [{ line: fault.line, message: fault.message }] : said;
  }, [check, fault]);
  const setText = useCallback((text: string) => change((before) => ({ ...before, text })), [change]);
  return (
    <>
      <ScreenHead title={t("title")} below={<span>{draft.recipe ? t("ofRecipe", { name: `${draft.recipe.name} / ${draft.recipe.as}` }) : t("how")}</span>}
        actions={
          <>
            <Button icon={<ReadOutlined aria-hidden />} onClick={() => setChooses(true)}>{t("recipe")}</Button>
            <Button icon={<FileAddOutlined aria-hidden />} onClick={() => chosen.current?.click()}>{t("file")}</Button>
            <input ref={chosen} type="file" hidden aria-label={t("file")} onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) take(file);
              event.target.value = "";
            }} />
            <Button onClick={() => change(() => firstDraft)}>{t("anew")}</Button>
            <Button type="primary" icon={<SendOutlined aria-hidden />} loading={send.isPending} disabled={!isCurrent || !check?.good} onClick={() => send.mutate(draft)}>{t("submit")}</Button>
          </>
        } />
      <div className="halves submit">
        <div>
          <Panel title={t("form")} extra={<KindSwitch draft={draft} change={change} />}>
            {draft.recipe && <p className="recipe-note">{t("recipeFolder")}</p>}
            {draft.kind === "yaml" ? <DocumentForm draft={draft} change={change} errors={errors} /> : <BesideForm draft={draft} change={change} errors={errors} />}
          </Panel>
        </div>
        <div className="submit-right">
          <Verdict query={query} isCurrent={isCurrent} isEmpty={draft.text.trim() === ""} onLine={onLine} />
          <Panel flush title={t(`text.${draft.kind}`)} className="submit-text">
            <Suspense fallback={<Loading lines={10} />}>
              <Editor text={draft.text} kind={draft.kind} marks={marks} label={t(`text.${draft.kind}`)} goTo={goTo} onChange={setText} />
            </Suspense>
          </Panel>
        </div>
      </div>
      <Recipes open={chooses} onClose={() => setChooses(false)} onUse={use} />
      {over && <div className="drop" aria-hidden><div>{t("drop")}</div></div>}
    </>
  );
}
