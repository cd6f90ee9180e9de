import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { useFormat } from "../format/useFormat";

/** How far a job says it is. Without a whole there is no bar, only the step. */
export function Progress({ progress, label, wide = false }: {
  progress: Schemas["ProgressView"] | null; label: string; wide?: boolean;
}): ReactNode {
  const f = useFormat();
  if (!progress || Number(progress.step) < 0) return null;
  const [step, of] = [Number(progress.step), Number(progress.of)];
  if (of <= 0) return <span className="number small">{f.number(step)}</span>;
  const part = Math.min(1, step / of);
  return (
    <span className={wide ? "progress progress-wide" : "progress"} title={`${f.number(step)} / ${f.number(of)}`}>
      <span className="progress-bar" role="progressbar" aria-label={label} aria-valuenow={Math.round(part * 100)} aria-valuemin={0} aria-valuemax={100}>
        <i style={{ width: `${part * 100}%` }} />
      </span>
      <span className="number small">{wide ? `${f.number(step)} / ${f.number(of)} · ` : ""}{f.percent(part, 0)}</span>
    </span>
  );
}
