import { SearchOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { Fragment, useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../api/client";
import { useUsers } from "../../api/directory";
import { useWho } from "../../auth/session";
import { abilities, useAuthWords } from "../../auth/words";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { Nothing, Shown } from "../../states/Shown";
import { Opens } from "../../ui/Opens";
import { Panel, ScreenHead } from "../../ui/Panel";
import { useAddress } from "../../ui/useAddress";
import { UserForm } from "./Forms";
import { Tokens, useTokens } from "./Tokens";
import { useUsersWords } from "./words";
import "./users.css";

function Row({ user, tokens, onChange }: { user: Schemas["UserView"]; tokens: number | undefined; onChange: (() => void) | undefined }): ReactNode {
  const t = useUsersWords();
  const c = useCommonWords();
  const a = useAuthWords();
  const f = useFormat();
  return (
    <tr>
      <td><Link to={`/jobs?user=${encodeURIComponent(user.name)}`} title={t("jobs", { name: user.name })}><b>{user.name}</b></Link></td>
      <td><span className={`role role-${user.role}`} title={abilities[user.role]?.map((each) => a(`can.${each}`)).join("\n")}>{c(`role.${user.role}`)}</span></td>
      <td>
        {user.projects.length === 0 ? <span className="muted">{t("noProjects")}</span>
          : user.projects.map((project, i) => <Fragment key={project}>{i > 0 && ", "}<Link to={`/projects/${encodeURIComponent(project)}`}>{project}</Link></Fragment>)}
      </td>
      {tokens !== undefined && <td className="right number">{tokens > 0 ? f.number(tokens) : <span className="muted">–</span>}</td>}
      {onChange && <td className="right tight"><Button size="small" type="text" aria-label={t("changeOf", { name: user.name })} onClick={onChange}>{t("change")}</Button></td>}
    </tr>
  );
}

function UserTable({ users }: { users: Schemas["UserView"][] }): ReactNode {
  const t = useUsersWords();
  const { role } = useWho();
  const tokens = useTokens();
  const [changed, setChanged] = useState<Schemas["UserView"]>();
  const count = (name: string): number | undefined => tokens.data?.filter((each) => each.user === name).length;
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("name")}</th><th scope="col">{t("role")}</th><th scope="col">{t("projects")}</th>
            {tokens.data && <th scope="col" className="right">{t("tokenCount")}</th>}
            {role === "operator" && <th><span className="visually-hidden">{t("change")}</span></th>}
          </tr>
        </thead>
        <tbody>{users.map((user) => <Row key={user.name} user={user} tokens={count(user.name)} onChange={role === "operator" ? () => setChanged(user) : undefined} />)}</tbody>
      </table>
      {changed && <UserForm user={changed} onClose={() => setChanged(undefined)} />}
    </div>
  );
}

/** Who may what, to which projects, and with which tokens. */
export default function Users(): ReactNode {
  const t = useUsersWords();
  const { role } = useWho();
  const [search, change] = useAddress();
  const text = search.get("name") ?? "";
  const query = useUsers();
  const found = (query.data ?? []).filter((user) => user.name.includes(text.toLowerCase()));
  return (
    <>
      <ScreenHead title={t("title")} actions={role === "operator" && <Opens primary label={t("make")}>{(close) => <UserForm onClose={close} />}</Opens>} />
      <div className="columns">
        <div>
          <Panel flush title={t("users")}
            extra={<span data-search><Input allowClear size="small" value={text} aria-label={t("find")} placeholder={t("find")} prefix={<SearchOutlined className="muted" aria-hidden />} onChange={(event) => change({ name: event.target.value })} /></span>}>
            <Shown query={query} isEmpty={() => found.length === 0} empty={<Nothing>{text ? t("noneFound") : t("noUsers")}</Nothing>}>
              {() => <UserTable users={found} />}
            </Shown>
          </Panel>
        </div>
        <div><Tokens /></div>
      </div>
    </>
  );
}
