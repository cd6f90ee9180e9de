import {
  CheckCircleOutlined, ClockCircleOutlined, CloseCircleOutlined, HourglassOutlined, LoadingOutlined,
  PauseCircleOutlined, PlayCircleOutlined, StopOutlined,
} from "@ant-design/icons";
import type { ComponentType, ReactNode } from "react";
import type { Schemas } from "../api/client";
import { useCommonWords } from "../i18n/common";

export type State = Schemas["JobView"]["state"];
export const liveStates: State[] = ["held", "queued", "starting", "running"];
export const endedStates: State[] = ["succeeded", "failed", "cancelled", "timed_out"];
export const hasEnded = (state: State): boolean => endedStates.includes(state);

const icons: Record<State, ComponentType<{ "aria-hidden"?: boolean }>> = {
  held: PauseCircleOutlined, queued: ClockCircleOutlined, starting: LoadingOutlined, running: PlayCircleOutlined,
  succeeded: CheckCircleOutlined, failed: CloseCircleOutlined, cancelled: StopOutlined, timed_out: HourglassOutlined,
};

/** A job's state: its word, its sign and its colour, so that none of them stands alone. */
export function JobState({ state }: { state: State }): ReactNode {
  const t = useCommonWords();
  const Icon = icons[state];
  return (
    <span className={`job-state job-${state}`}>
      <Icon aria-hidden />
      {t(`state.${state}`)}
    </span>
  );
}
