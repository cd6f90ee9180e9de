import { Button } from "antd";
import { CloseCircleOutlined, LockOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { asApiError } from "../api/problem";
import { useStateWords } from "./words";

/**
 * Why something cannot be shown: what is wrong and what to do, in the centre's own words where it spoke. That this reader may
 * not see it is no fault, and looks like none.
 */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }): ReactNode {
  const t = useStateWords();
  const problem = asApiError(error);
  const forbidden = problem.status === 403;
  const Icon = forbidden ? LockOutlined : CloseCircleOutlined;
  const [title, detail, hint] =
    problem.code === "unreachable"
      ? [t("failedTitle"), t("unreachable"), t("unreachableHint")]
      : problem.code === "not-the-centre"
        ? [t("failedTitle"), t("notCentre", { status: problem.message }), t("notCentreHint")]
        : [problem.status === 404 ? t("missing") : forbidden ? t("forbiddenTitle") : t("refusedTitle"), problem.message, problem.hint];
  return (
    <div className={forbidden ? "state state-forbidden" : "state state-failed"} role="alert">
      <Icon className="state-icon" aria-hidden />
      <h2>{title}</h2>
      <p>{detail}</p>
      {problem.field && <p className="mono">{problem.field}</p>}
      {hint && <p className="muted">{hint}</p>}
      {problem.errors && problem.errors.length > 1 && (
        <ul>{problem.errors.map((each, i) => <li key={i}><span className="mono">{each.field}</span> {each.message}</li>)}</ul>
      )}
      <div className="state-actions">
        {onRetry && <Button onClick={onRetry}>{t("retry")}</Button>}
        {problem.status > 0 && <span className="muted mono small">{t("code", { code: problem.code })}</span>}
      </div>
    </div>
  );
}
