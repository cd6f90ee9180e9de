import { App } from "antd";
import { useCallback } from "react";
import { asApiError } from "../api/problem";
import { useStateWords } from "../states/words";

/** Says shortly that something was done, or why the centre would not. */
export function useTell(): { done: (text: string) => void; failed: (error: unknown) => void } {
  const { message } = App.useApp();
  const t = useStateWords();
  return {
    done: useCallback((text: string) => void message.success(text, 3), [message]),
    failed: useCallback((error: unknown) => {
      const problem = asApiError(error);
      const said = problem.code === "unreachable" ? t("unreachable") : problem.message;
      void message.error(problem.hint ? `${said} · ${problem.hint}` : said, 8);
    }, [message, t]),
  };
}
