import type { ReactNode } from "react";
import { asApiError } from "../api/problem";
import { useStateWords } from "../states/words";

/** In a form: why the centre would not, in its own words, beside what was written. */
export function Failure({ error }: { error: unknown }): ReactNode {
  const t = useStateWords();
  if (!error) return null;
  const problem = asApiError(error);
  const faults = problem.errors && problem.errors.length > 1 ? problem.errors : [problem];
  return (
    <div className="failure" role="alert">
      {problem.code === "unreachable" ? <p>{t("unreachable")}</p> : faults.map((each, i) => (
        <p key={i}>{each.field && <span className="mono">{each.field}: </span>}{each.message}{each.hint && <span className="muted"> · {each.hint}</span>}</p>
      ))}
    </div>
  );
}
