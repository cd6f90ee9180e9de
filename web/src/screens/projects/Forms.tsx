import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Input, InputNumber, Modal, Select } from "antd";
import { useId, useRef, useState, type ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useProjects } from "../../api/directory";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Failure } from "../../ui/Failure";
import { useTell } from "../../ui/Confirm";
import { useProjectsWords } from "./words";

type Project = Schemas["ProjectView"];

/** A new project, or another value for what an existing one has. */
export function ProjectForm({ project, onClose }: { project?: Project; onClose: () => void }): ReactNode {
  const t = useProjectsWords();
  const c = useCommonWords();
  const id = useId();
  const tell = useTell();
  const client = useQueryClient();
  const projects = useProjects();
  const [name, setName] = useState(project?.name ?? "");
  const [parent, setParent] = useState(project?.parent ?? "");
  const [shares, setShares] = useState<number | null>(project?.shares ?? 1);
  const [merit, setMerit] = useState<number | null>(project?.merit ?? 100);
  const [hasBudget, setHasBudget] = useState(project?.has_budget ?? false);
  const save = useMutation({
    mutationFn: () => told(api.PUT("/v1/projects/{name}", { params: { path: { name: name.trim() } }, body: { parent, shares, merit, has_budget: hasBudget } })),
    onSuccess: (saved) => {
      tell.done(t("form.saved", { name: saved.name }));
      void client.invalidateQueries({ queryKey: ["projects"] });
      onClose();
    },
  });
  const ready = name.trim() !== "" && shares !== null && merit !== null;
  return (
    <Modal open title={project ? t("form.changeTitle", { name: project.name }) : t("form.newTitle")} okText={project ? t("form.save") : t("form.make")} cancelText={c("cancel")}
      closable={{ "aria-label": c("close") }} confirmLoading={save.isPending} okButtonProps={{ disabled: !ready }} onOk={() => save.mutate()} onCancel={onClose}>
      <form className="fields" onSubmit={(event) => { event.preventDefault(); if (ready) save.mutate(); }}>
        {!project && (
          <>
            <label htmlFor={`${id}-name`}>{t("form.name")}</label>
            <Input id={`${id}-name`} autoFocus value={name} autoComplete="off" spellCheck={false} aria-describedby={`${id}-means`} onChange={(event) => setName(event.target.value)} />
            <p id={`${id}-means`} className="muted small">{t("form.nameMeans")}</p>
          </>
        )}
        <label htmlFor={`${id}-parent`}>{t("form.parent")}</label>
        <Select id={`${id}-parent`} showSearch value={parent} onChange={setParent}
          options={[{ value: "", label: t("root") }, ...(projects.data ?? []).filter((each) => each.name !== project?.name).map((each) => ({ value: each.name, label: each.name }))]} />
        <div className="fields-row">
          <div><label htmlFor={`${id}-shares`}>{t("form.shares")}</label><InputNumber id={`${id}-shares`} min={1} max={1_000_000} precision={0} value={shares} onChange={setShares} /></div>
          <div><label htmlFor={`${id}-merit`}>{t("form.merit")}</label><InputNumber id={`${id}-merit`} min={0} max={1000} precision={0} value={merit} onChange={setMerit} /></div>
        </div>
        <Checkbox checked={hasBudget} onChange={(event) => setHasBudget(event.target.checked)}>{t("form.hasBudget")}</Checkbox>
        <p className="muted small">{t("form.hasBudgetMeans")}</p>
        <Failure error={save.error} />
        <button type="submit" hidden />
      </form>
    </Modal>
  );
}

export function GrantForm({ project, onClose }: { project: Project; onClose: () => void }): ReactNode {
  const t = useProjectsWords();
  const c = useCommonWords();
  const f = useFormat();
  const id = useId();
  const tell = useTell();
  const client = useQueryClient();
  // One key for one dialog: a second click, or a broken line, grants once.
  const key = useRef(crypto.randomUUID());
  const [amount, setAmount] = useState("");
  const ready = /^-?\d+(\.\d{1,6})?$/.test(amount.trim());
  const grant = useMutation({
    mutationFn: () => told(api.POST("/v1/projects/{name}/credits", { params: { path: { name: project.name }, header: { "Idempotency-Key": key.current } }, body: { amount: amount.trim() } })),
    onSuccess: (saved) => {
      tell.done(t("form.granted", { name: saved.name, left: f.number(saved.available, 3) }));
      void client.invalidateQueries({ queryKey: ["projects"] });
      void client.invalidateQueries({ queryKey: ["postings"] });
      onClose();
    },
  });
  return (
    <Modal open title={t("form.grantTitle", { name: project.name })} okText={t("form.grant")} cancelText={c("cancel")} closable={{ "aria-label": c("close") }} width={400}
      confirmLoading={grant.isPending} okButtonProps={{ disabled: !ready }} onOk={() => grant.mutate()} onCancel={onClose}>
      <form className="fields" onSubmit={(event) => { event.preventDefault(); if (ready) grant.mutate(); }}>
        <label htmlFor={id}>{t("form.amount")}</label>
        <Input id={id} autoFocus inputMode="decimal" autoComplete="off" value={amount} aria-describedby={`${id}-means`} onChange={(event) => setAmount(event.target.value)} />
        <p id={`${id}-means`} className="muted small">{t("form.amountMeans")}</p>
        <Failure error={grant.error} />
        <button type="submit" hidden />
      </form>
    </Modal>
  );
}
