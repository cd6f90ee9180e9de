import type { ReactNode } from "react";
import { useUiWords } from "./words";

/** States of nodes and of quantum devices. */
export const serviceStates = ["up", "draining", "drained", "maintenance", "calibration", "down", "unseen"] as const;
type Known = (typeof serviceStates)[number];
export const isInService = (state: string): boolean => state === "up";
/** An operator took it out; so an operator can take it back. */
export const isDrained = (state: string): boolean => state === "drained" || state === "draining";

/** Its word and its sign, so that colour is not alone. A state that this page does not know is said as the centre says it. */
export function ServiceState({ state }: { state: string }): ReactNode {
  const t = useUiWords();
  const known = (serviceStates as readonly string[]).includes(state);
  return (
    <span className={`service service-${known ? state : "unseen"}`}>
      <i aria-hidden />{known ? t(`service.${state as Known}`) : state}
    </span>
  );
}
