import { CheckCircleOutlined, ExclamationCircleOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { isKnownKind, useIncidentKinds } from "./kinds";
import { useIncidentsWords } from "./words";

export function KindName({ kind }: { kind: string }): ReactNode {
  const k = useIncidentKinds();
  return <>{isKnownKind(kind) ? k(`name.${kind}`) : kind}</>;
}

export function IncidentState({ incident }: { incident: Schemas["IncidentView"] }): ReactNode {
  const t = useIncidentsWords();
  return incident.closed_at
    ? <span className="incident-state muted"><CheckCircleOutlined aria-hidden /> {t("closed")}</span>
    : <span className="incident-state bad"><ExclamationCircleOutlined aria-hidden /> {t("open")}</span>;
}
