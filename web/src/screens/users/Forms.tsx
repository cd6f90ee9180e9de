import { CopyOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal, Select } from "antd";
import { useId, useState, type ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useProjects, useUsers } from "../../api/directory";
import { abilities, useAuthWords } from "../../auth/words";
import { useCommonWords } from "../../i18n/common";
import { useTell } from "../../ui/Confirm";
import { Failure } from "../../ui/Failure";
import { useUsersWords } from "./words";

type User = Schemas["UserView"];
type Role = User["role"];
const roles: Role[] = ["member", "lead", "operator", "auditor", "partner"];

/** A role, and beneath it what it may do: nobody has to guess. */
function RoleField({ id, role, onChange }: { id: string; role: Role; onChange: (role: Role) => void }): ReactNode {
  const c = useCommonWords();
  const a = useAuthWords();
  return (
    <>
      <Select id={id} value={role} onChange={onChange} aria-describedby={`${id}-may`} options={roles.map((value) => ({ value, label: c(`role.${value}`) }))} />
      <ul id={`${id}-may`} className="muted small role-may">{abilities[role]?.map((ability) => <li key={ability}>{a(`can.${ability}`)}</li>)}</ul>
    </>
  );
}

export function UserForm({ user, onClose }: { user?: User; onClose: () => void }): ReactNode {
  const t = useUsersWords();
  const c = useCommonWords();
  const id = useId();
  const tell = useTell();
  const client = useQueryClient();
  const all = useProjects();
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState<Role>(user?.role ?? "member");
  const [projects, setProjects] = useState(user?.projects ?? []);
  const save = useMutation({
    mutationFn: () => told(api.PUT("/v1/users/{name}", { params: { path: { name: name.trim() } }, body: { role, projects } })),
    onSuccess: (saved) => {
      tell.done(t("form.saved", { name: saved.name }));
      void client.invalidateQueries({ queryKey: ["users"] });
      onClose();
    },
  });
  const ready = name.trim() !== "";
  return (
    <Modal open title={user ? t("form.changeTitle", { name: user.name }) : t("form.newTitle")} okText={user ? t("form.save") : t("form.make")} cancelText={c("cancel")}
      closable={{ "aria-label": c("close") }} confirmLoading={save.isPending} okButtonProps={{ disabled: !ready }} onOk={() => save.mutate()} onCancel={onClose}>
      <form className="fields" onSubmit={(event) => { event.preventDefault(); if (ready) save.mutate(); }}>
        {!user && (
          <>
            <label htmlFor={`${id}-name`}>{t("form.name")}</label>
            <Input id={`${id}-name`} autoFocus value={name} autoComplete="off" spellCheck={false} aria-describedby={`${id}-means`} onChange={(event) => setName(event.target.value)} />
            <p id={`${id}-means`} className="muted small">{t("form.nameMeans")}</p>
          </>
        )}
        <label htmlFor={`${id}-role`}>{t("form.role")}</label>
        <RoleField id={`${id}-role`} role={role} onChange={setRole} />
        <label htmlFor={`${id}-projects`}>{t("form.projects")}</label>
        <Select id={`${id}-projects`} mode="multiple" value={projects} onChange={setProjects} aria-describedby={`${id}-projects-means`}
          options={(all.data ?? []).map((each) => ({ value: each.name, label: each.name }))} />
        <p id={`${id}-projects-means`} className="muted small">{t("form.projectsMeans")}</p>
        <Failure error={save.error} />
        <button type="submit" hidden />
      </form>
    </Modal>
  );
}

/** The secret, this once. It is in no cache and no storage: with the dialog it is gone. */
function Secret({ token, onClose }: { token: Schemas["TokenView"]; onClose: () => void }): ReactNode {
  const t = useUsersWords();
  const id = useId();
  const tell = useTell();
  const [cannot, setCannot] = useState(false);
  const copy = (): void => {
    if (!navigator.clipboard) return setCannot(true);
    navigator.clipboard.writeText(token.secret).then(() => tell.done(t("form.copied")), () => setCannot(true));
  };
  return (
    <Modal open title={t("form.shownTitle", { token: token.token })} closable={false} maskClosable={false} keyboard={false} width={560}
      footer={<Button type="primary" onClick={onClose}>{t("form.put")}</Button>}>
      <div className="fields">
        <label htmlFor={id}>{t("form.secret")}</label>
        <div className="secret">
          <Input id={id} readOnly value={token.secret} className="mono" onFocus={(event) => event.target.select()} />
          <Button autoFocus icon={<CopyOutlined aria-hidden />} onClick={copy}>{t("form.copy")}</Button>
        </div>
        <p className="muted">{t("form.shownOnce")}</p>
        {cannot && <p role="alert" className="bad">{t("form.cannotCopy")}</p>}
      </div>
    </Modal>
  );
}

export function IssueForm({ user, onClose }: { user?: string; onClose: () => void }): ReactNode {
  const t = useUsersWords();
  const c = useCommonWords();
  const id = useId();
  const client = useQueryClient();
  const users = useUsers();
  const [token, setToken] = useState("");
  const [of, setOf] = useState(user ?? "");
  const [chosen, setRole] = useState<Role>();
  const role = chosen ?? users.data?.find((each) => each.name === of)?.role ?? "member";
  const issue = useMutation({
    mutationFn: () => told(api.POST("/v1/tokens", { body: { token: token.trim(), user: of, role } })),
    gcTime: 0,
    onSuccess: () => void client.invalidateQueries({ queryKey: ["tokens"] }),
  });
  if (issue.data) return <Secret token={issue.data} onClose={onClose} />;
  const ready = token.trim() !== "" && of !== "";
  return (
    <Modal open title={t("form.issueTitle")} okText={t("form.issue")} cancelText={c("cancel")} closable={{ "aria-label": c("close") }}
      confirmLoading={issue.isPending} okButtonProps={{ disabled: !ready }} onOk={() => issue.mutate()} onCancel={onClose}>
      <form className="fields" onSubmit={(event) => { event.preventDefault(); if (ready) issue.mutate(); }}>
        <label htmlFor={`${id}-token`}>{t("form.token")}</label>
        <Input id={`${id}-token`} autoFocus value={token} autoComplete="off" spellCheck={false} aria-describedby={`${id}-means`} onChange={(event) => setToken(event.target.value)} />
        <p id={`${id}-means`} className="muted small">{t("form.tokenMeans")}</p>
        <label htmlFor={`${id}-user`}>{t("form.user")}</label>
        <Select id={`${id}-user`} showSearch value={of || null} onChange={(next: string) => setOf(next)} options={(users.data ?? []).map((each) => ({ value: each.name, label: each.name }))} />
        <label htmlFor={`${id}-role`}>{t("form.role")}</label>
        <RoleField id={`${id}-role`} role={role} onChange={setRole} />
        <Failure error={issue.error} />
        <button type="submit" hidden />
      </form>
    </Modal>
  );
}
