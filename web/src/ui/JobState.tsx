import cancelled from "@ant-design/icons-svg/es/asn/StopOutlined";
import failed from "@ant-design/icons-svg/es/asn/CloseCircleOutlined";
import held from "@ant-design/icons-svg/es/asn/PauseCircleOutlined";
import queued from "@ant-design/icons-svg/es/asn/ClockCircleOutlined";
import running from "@ant-design/icons-svg/es/asn/PlayCircleOutlined";
import starting from "@ant-design/icons-svg/es/asn/LoadingOutlined";
import succeeded from "@ant-design/icons-svg/es/asn/CheckCircleOutlined";
import timedOut from "@ant-design/icons-svg/es/asn/HourglassOutlined";
import type { IconDefinition } from "@ant-design/icons-svg/es/types";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { useCommonWords } from "../i18n/common";

export type State = Schemas["JobView"]["state"];
export const liveStates: State[] = ["held", "queued", "starting", "running"];
export const endedStates: State[] = ["succeeded", "failed", "cancelled", "timed_out"];
export const hasEnded = (state: State): boolean => endedStates.includes(state);

// Their paths alone: as components they would be a good part of what a row of a long table costs.
const icons: Record<State, IconDefinition> = {
  held, queued, starting, running, succeeded, failed, cancelled, timed_out: timedOut,
};

function Icon({ of }: { of: IconDefinition }): ReactNode {
  if (typeof of.icon === "function") return null;
  return (
    <svg aria-hidden viewBox={of.icon.attrs.viewBox} width="14" height="14" fill="currentColor">
      {of.icon.children?.map((path, i) => <path key={i} d={path.attrs.d} />)}
    </svg>
  );
}

/** A job's state: its word, its sign and its colour, so that none of them stands alone. */
export function JobState({ state }: { state: State }): ReactNode {
  const t = useCommonWords();
  return (
    <span className={`job-state job-${state}`}>
      <Icon of={icons[state]} />
      {t(`state.${state}`)}
    </span>
  );
}
