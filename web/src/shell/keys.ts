import { useEffect, useRef } from "react";

/** Keys belong to the page only while nobody writes and no dialog is open. */
function isWriting(target: EventTarget | null): boolean {
  const element = target instanceof Element ? target : null;
  return element?.closest("input, textarea, select, [contenteditable=true], .xterm") != null;
}

/**
 * Shortcuts of the page: one key (`?`), or `g` and another one within a second (`g j`). `/` goes to the first element
 * marked `data-search` on the screen.
 */
export function useKeys(bindings: Record<string, () => void>): void {
  const newest = useRef(bindings);
  newest.current = bindings;
  useEffect(() => {
    let leader = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      if (document.querySelector(".ant-modal-wrap:not([style*='none'])")) return;
      const sequence = Date.now() - leader < 1_000 ? `g ${event.key}` : event.key;
      leader = event.key === "g" ? Date.now() : 0;
      if (sequence === "/") {
        const field = document.querySelector<HTMLElement>("[data-search] input, input[data-search]");
        if (!field) return;
        event.preventDefault();
        field.focus();
        return;
      }
      const action = newest.current[sequence];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
