import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useProjectsWords } from "./words";

/** What was granted, by what became of it: charged, reserved for what runs, left. */
export function Budget({ project }: { project: Schemas["ProjectView"] }): ReactNode {
  const t = useProjectsWords();
  const f = useFormat();
  const granted = Number(project.granted);
  if (!project.has_budget && granted === 0) return <span className="muted small">{t("noBudget")}</span>;
  const part = (value: string): string => `${Math.min(100, Math.max(0, granted > 0 ? (Number(value) / granted) * 100 : 0))}%`;
  const said = t("used", { charged: f.number(project.charged, 3), reserved: f.number(project.reserved, 3), left: f.number(project.available, 3) });
  return (
    <div className="budget" role="img" aria-label={`${t("budgetOf", { name: project.name })}: ${said}`} title={said}>
      <i className="budget-charged" style={{ width: part(project.charged) }} />
      <i className="budget-reserved" style={{ width: part(project.reserved) }} />
    </div>
  );
}
