import type { ReactNode } from "react";
import { useNow } from "../format/clock";
import { useFormat } from "../format/useFormat";
import { useLiveStatus } from "../live/hub";
import { useStateWords } from "./words";

/** In the header: whether what is seen is live, and else how old it is. A shape beside the colour. */
export function LiveBadge(): ReactNode {
  const { state, heardAt } = useLiveStatus();
  const t = useStateWords();
  const f = useFormat();
  const age = f.duration(Math.max(0, Math.round((useNow() - heardAt) / 1000) * 1000));
  // Never heard: there is no age to tell.
  const said = state !== "waiting" ? t(state) : heardAt > 0 ? t("waiting", { age }) : t("connecting");
  return (
    <span className={`live live-${state}`} role="status" aria-live="polite">
      <i aria-hidden />
      {said}
    </span>
  );
}
