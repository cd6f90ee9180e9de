import { CheckOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input } from "antd";
import { useId, useState, type FormEvent, type ReactNode } from "react";
import { asApiError } from "../api/problem";
import { useCommonWords } from "../i18n/common";
import { LanguageSwitch, ThemeSwitch } from "../shell/Switches";
import { useStateWords } from "../states/words";
import { Moon } from "../ui/Moon";
import { useSession, type Who } from "./session";
import { abilities, useAuthWords } from "./words";

/** One way to sign in. Others (OIDC) stand beside it in `ways`. */
function TokenForm({ onKnown }: { onKnown: (who: Who) => void }): ReactNode {
  const t = useAuthWords();
  const s = useStateWords();
  const id = useId();
  const { check, session } = useSession();
  const [secret, setSecret] = useState("");
  const [remember, setRemember] = useState(false);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const expired = session.state === "signed-out" && session.expired && !wrong;

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!secret.trim()) return setWrong(t("missing"));
    setBusy(true);
    setWrong("");
    try {
      onKnown(await check(secret.trim(), remember));
    } catch (error) {
      const problem = asApiError(error);
      setWrong(problem.code === "unreachable" ? s("unreachable") : [problem.message, problem.hint].filter(Boolean).join(" · "));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="signin-form">
      <p className="muted">{t("lead")}</p>
      {expired && <p className="signin-wrong" role="alert">{t("expired")}</p>}
      <label htmlFor={id}>{t("token")}</label>
      <Input.Password id={id} name="token" autoFocus autoComplete="off" spellCheck={false} size="large" value={secret} placeholder={t("placeholder")}
        aria-invalid={wrong !== ""} aria-describedby={`${id}-wrong`} status={wrong ? "error" : ""}
        onChange={(event) => setSecret(event.target.value)} />
      <p id={`${id}-wrong`} className="signin-wrong" role="alert">{wrong}</p>
      <Checkbox checked={remember} onChange={(event) => setRemember(event.target.checked)}>{t("remember")}</Checkbox>
      <p className="muted small">{t("rememberMeans")}</p>
      <Button type="primary" htmlType="submit" size="large" block loading={busy}>{busy ? t("checking") : t("submit")}</Button>
      <p className="muted small">{t("where")}</p>
    </form>
  );
}

function Known({ who, onOther }: { who: Who; onOther: () => void }): ReactNode {
  const t = useAuthWords();
  const c = useCommonWords();
  const { enter } = useSession();
  return (
    <div className="signin-form">
      <p className="signin-who"><b>{t("welcome", { user: who.user })}</b> <span className="tag">{c(`role.${who.role as "member"}`)}</span></p>
      <p className="muted">{t("projects")}: {who.projects.join(", ") || t("noProjects")}</p>
      <p>{t("may")}</p>
      <ul className="signin-may">
        {(abilities[who.role] ?? ["see"]).map((ability) => <li key={ability}><CheckOutlined aria-hidden /> {t(`can.${ability}`)}</li>)}
      </ul>
      <Button type="primary" size="large" block autoFocus onClick={() => enter(who)}>{t("goOn")}</Button>
      <Button type="link" block onClick={onOther}>{t("other")}</Button>
    </div>
  );
}

export function SignIn(): ReactNode {
  const t = useAuthWords();
  const { leave } = useSession();
  const [who, setWho] = useState<Who | null>(null);
  return (
    <main className="signin">
      <div className="signin-card">
        <div className="signin-head">
          <Moon size={40} />
          <div><b>Mingyue · 明月</b></div>
        </div>
        <h1>{t("title")}</h1>
        {who ? <Known who={who} onOther={() => { leave(); setWho(null); }} /> : <TokenForm onKnown={setWho} />}
      </div>
      <div className="signin-switches"><LanguageSwitch /><ThemeSwitch /></div>
    </main>
  );
}
