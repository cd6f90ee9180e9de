import { useMutation } from "@tanstack/react-query";
import { Button, Input, Modal } from "antd";
import { useState, type ReactNode } from "react";
import { useWho } from "../auth/session";
import { useTell } from "./Confirm";
import { useUiWords } from "./words";

/** Takes something out of service with a reason, and back. For operators; the centre checks each request anyway. */
export function Service({ name, isOut, drain, resume, onDone, small = false }: {
  name: string; isOut: boolean; drain: (reason: string) => Promise<unknown>; resume: () => Promise<unknown>; onDone: () => void; small?: boolean;
}): ReactNode {
  const t = useUiWords();
  const tell = useTell();
  const { role } = useWho();
  const [asks, setAsks] = useState(false);
  const [reason, setReason] = useState("");
  const change = useMutation({
    mutationFn: () => (isOut ? resume() : drain(reason.trim())),
    onSuccess: () => {
      tell.done(t(isOut ? "resumed" : "drained", { name }));
      setAsks(false);
      setReason("");
      onDone();
    },
    onError: tell.failed,
  });
  if (role !== "operator") return null;
  const size = small ? "small" : "middle";
  if (isOut) return <Button size={size} loading={change.isPending} onClick={() => change.mutate()}>{t("resume")}</Button>;
  return (
    <>
      <Button size={size} onClick={() => setAsks(true)}>{t("drain")}</Button>
      <Modal open={asks} title={t("ask", { name })} okText={t("drain")} confirmLoading={change.isPending} destroyOnHidden
        okButtonProps={{ disabled: reason.trim() === "" }} onOk={() => change.mutate()} onCancel={() => setAsks(false)}>
        <p className="muted">{t("means")}</p>
        <label>
          <span className="service-label">{t("reason")}</span>
          <Input autoFocus value={reason} maxLength={200} placeholder={t("example")} onChange={(event) => setReason(event.target.value)}
            onPressEnter={() => reason.trim() !== "" && change.mutate()} />
        </label>
      </Modal>
    </>
  );
}
