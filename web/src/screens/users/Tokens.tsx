import { useMutation, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { App, Button } from "antd";
import type { ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useWho } from "../../auth/session";
import { When } from "../../format/When";
import { useCommonWords } from "../../i18n/common";
import { Nothing, Shown } from "../../states/Shown";
import { useTell } from "../../ui/Confirm";
import { Opens } from "../../ui/Opens";
import { Panel } from "../../ui/Panel";
import { IssueForm } from "./Forms";
import { useUsersWords } from "./words";

type Token = Schemas["TokenView"];

export function useTokens(): UseQueryResult<Token[]> {
  const { role } = useWho();
  return useQuery({ queryKey: ["tokens"], queryFn: () => told(api.GET("/v1/tokens")), enabled: role === "operator" || role === "auditor" });
}

function Revoke({ token }: { token: string }): ReactNode {
  const t = useUsersWords();
  const { modal } = App.useApp();
  const tell = useTell();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => told(api.DELETE("/v1/tokens/{token}", { params: { path: { token } } })),
    onSuccess: () => {
      tell.done(t("revoked", { token }));
      void client.invalidateQueries({ queryKey: ["tokens"] });
    },
    onError: tell.failed,
  });
  const ask = (): void =>
    void modal.confirm({
      title: t("revokeTitle", { token }), content: t("revokeMeans"), okText: t("revoke"), cancelText: t("keep"), okButtonProps: { danger: true }, autoFocusButton: "cancel",
      onOk: () => revoke.mutateAsync().catch(() => undefined),
    });
  return <Button size="small" danger type="text" aria-label={t("revokeOf", { token })} loading={revoke.isPending} onClick={ask}>{t("revoke")}</Button>;
}

/** All tokens, without their secrets. */
export function Tokens(): ReactNode {
  const t = useUsersWords();
  const c = useCommonWords();
  const { role } = useWho();
  const query = useTokens();
  if (role !== "operator" && role !== "auditor") return <Panel title={t("tokens")}><p className="muted">{t("tokensHidden")}</p></Panel>;
  return (
    <Panel flush title={t("tokens")} extra={role === "operator" && <Opens label={t("issue")}>{(close) => <IssueForm onClose={close} />}</Opens>}>
      <Shown query={query} isEmpty={(all) => all.length === 0} empty={<Nothing>{t("noTokens")}</Nothing>}>
        {(all) => (
          <div className="table-scroll">
            <table className="table">
              <thead><tr><th scope="col">{t("token")}</th><th scope="col">{t("of")}</th><th scope="col">{t("role")}</th><th scope="col">{t("issued")}</th>{role === "operator" && <th><span className="visually-hidden">{t("revoke")}</span></th>}</tr></thead>
              <tbody>
                {all.map((each) => (
                  <tr key={each.token}>
                    <td><b>{each.token}</b></td>
                    <td>{each.user}</td>
                    <td>{c(`role.${each.role}`)}</td>
                    <td><When at={each.issued_at} /></td>
                    {role === "operator" && <td className="right tight"><Revoke token={each.token} /></td>}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Shown>
    </Panel>
  );
}
