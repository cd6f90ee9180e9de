import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Modal } from "antd";
import { useId, useState, type ReactNode } from "react";
import { api, told } from "../../api/client";
import { useWho } from "../../auth/session";
import { useCommonWords } from "../../i18n/common";
import { useTell } from "../../ui/Confirm";
import { useIncidentWords } from "./words";

/** Closing it with a sentence that stays. Operators only; the centre checks that too. */
export function Close({ id }: { id: string }): ReactNode {
  const t = useIncidentWords();
  const c = useCommonWords();
  const field = useId();
  const tell = useTell();
  const client = useQueryClient();
  const { role } = useWho();
  const [asks, setAsks] = useState(false);
  const [how, setHow] = useState("");
  const close = useMutation({
    mutationFn: () => told(api.POST("/v1/incidents/{id}/close", { params: { path: { id } }, body: { how: how.trim() } })),
    onSuccess: () => {
      tell.done(t("done", { id }));
      setAsks(false);
      void client.invalidateQueries({ queryKey: ["incidents"] });
      void client.invalidateQueries({ queryKey: ["now"] });
    },
    onError: tell.failed,
  });
  if (role !== "operator") return null;
  return (
    <>
      <Button type="primary" onClick={() => setAsks(true)}>{t("close")}</Button>
      <Modal open={asks} title={t("closeTitle", { id })} okText={t("closeDo")} cancelText={c("cancel")} confirmLoading={close.isPending} closable={{ "aria-label": c("close") }}
        okButtonProps={{ disabled: how.trim() === "" }} onOk={() => close.mutate()} onCancel={() => setAsks(false)}>
        <form className="fields" onSubmit={(event) => { event.preventDefault(); if (how.trim()) close.mutate(); }}>
          <label htmlFor={field}>{t("howLabel")}</label>
          <Input id={field} autoFocus value={how} maxLength={500} aria-describedby={`${field}-means`} onChange={(event) => setHow(event.target.value)} />
          <p id={`${field}-means`} className="muted small">{t("howMeans")}</p>
        </form>
      </Modal>
    </>
  );
}
