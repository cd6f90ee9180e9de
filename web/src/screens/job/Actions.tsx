import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { api, told, type Schemas } from "../../api/client";
import { useWho } from "../../auth/session";
import { useTell } from "../../ui/Confirm";
import { hasEnded } from "../../ui/JobState";
import { useJobWords } from "./words";

type Verb = "cancel" | "hold" | "release";
const done = { cancel: "action.cancelled", hold: "action.held", release: "action.released" } as const;

function ask(verb: Verb, id: string): Promise<unknown> {
  const params = { path: { id } };
  if (verb === "cancel") return told(api.POST("/v1/jobs/{id}/cancel", { params }));
  if (verb === "hold") return told(api.POST("/v1/jobs/{id}/hold", { params }));
  return told(api.POST("/v1/jobs/{id}/release", { params }));
}

/** What can be done with a job in its state. Whether this reader may, the centre says. */
export function Actions({ job }: { job: Schemas["JobView"] }): ReactNode {
  const t = useJobWords();
  const { modal } = App.useApp();
  const tell = useTell();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { role } = useWho();
  const mayNot = role === "auditor" || role === "partner";
  const change = useMutation({
    mutationFn: (verb: Verb) => ask(verb, job.id),
    onSuccess: (_, verb) => {
      tell.done(t(done[verb], { id: job.id }));
      void client.invalidateQueries({ queryKey: ["job", job.id] });
    },
    onError: tell.failed,
  });
  const again = useMutation({
    // The key makes a second click, or a broken line, the same job.
    mutationFn: () => told(api.POST("/v1/jobs/{id}/again", { params: { path: { id: job.id }, header: { "Idempotency-Key": crypto.randomUUID() } } })),
    onSuccess: (submitted) => {
      tell.done(t("action.submitted", { id: submitted.id }));
      void navigate(`/jobs/${submitted.id}`);
    },
    onError: tell.failed,
  });
  const cancel = (): void =>
    void modal.confirm({
      title: t("action.confirm", { id: job.id }),
      content: job.array === job.id && job.array_index >= 0 ? t("action.confirmArray") : t("action.confirmOne"),
      okText: t("action.doCancel"), cancelText: t("action.keep"), okButtonProps: { danger: true }, autoFocusButton: "cancel",
      onOk: () => change.mutateAsync("cancel").catch(() => undefined),
    });
  const common = { disabled: mayNot || change.isPending, title: mayNot ? t("action.notYours") : "" };
  return (
    <>
      {job.state === "queued" && <Button {...common} onClick={() => change.mutate("hold")}>{t("action.hold")}</Button>}
      {job.state === "held" && <Button {...common} onClick={() => change.mutate("release")}>{t("action.release")}</Button>}
      {!hasEnded(job.state) && <Button {...common} danger onClick={cancel}>{t("action.cancel")}</Button>}
      <Button {...common} disabled={mayNot} loading={again.isPending} onClick={() => again.mutate()}>{t("action.again")}</Button>
    </>
  );
}
