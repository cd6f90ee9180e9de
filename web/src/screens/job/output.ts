import { ask } from "../../api/client";
import { asApiError } from "../../api/problem";

export interface OutputQuestion {
  job: string;
  /** Empty: the newest, and with it those that follow. */
  attempt: string;
  task: number;
  stream: "out" | "err";
}
export type OutputState = "waiting" | "following" | "complete" | "broken";

export interface OutputOptions extends OutputQuestion {
  onBytes: (bytes: Uint8Array) => void;
  onState: (state: OutputState) => void;
  /** So many bytes before the first one shown are no longer kept. */
  onDropped: (bytes: number) => void;
  onRefused: (error: unknown) => void;
}

/** What a reader is shown of a long output; all of it can be saved. */
const tailBytes = 2 * 1024 * 1024;
const waitLeast = 1_000;
const waitMost = 10_000;

const address = (question: OutputQuestion, more: Record<string, string>): string =>
  `/v1/jobs/${question.job}/output?${new URLSearchParams({
    stream: question.stream, task: String(question.task), ...(question.attempt ? { attempt: question.attempt } : {}), ...more,
  }).toString()}`;

/**
 * Follows what a task writes until it is complete; after a broken line it goes on at the byte where it was. Returns what
 * stops it.
 */
export function followOutput(options: OutputOptions): () => void {
  const abort = new AbortController();
  let next: number | undefined;
  let tries = 0;
  const run = async (): Promise<void> => {
    options.onState(next === undefined ? "waiting" : "following");
    const answer = await ask(address(options, { follow: "true", ...(next === undefined ? { tail: String(tailBytes) } : { offset: String(next) }) }), { signal: abort.signal });
    tries = 0;
    next = Number(answer.headers.get("X-Mingyue-Offset") ?? 0);
    const dropped = Number(answer.headers.get("X-Mingyue-Dropped") ?? 0);
    if (dropped > 0) options.onDropped(dropped);
    const reader = answer.body!.getReader();
    options.onState("following");
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return options.onState("complete");
      next += value.length;
      options.onBytes(value);
    }
  };
  const loop = (): void => {
    run().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      const problem = asApiError(error);
      if (!problem.mayPass) return options.onRefused(error);
      options.onState("broken");
      setTimeout(() => !abort.signal.aborted && loop(), Math.min(waitMost, waitLeast * 2 ** tries++));
    });
  };
  loop();
  return () => abort.abort();
}

/** The whole of it, as a file. */
export async function saveOutput(question: OutputQuestion): Promise<void> {
  const answer = await ask(address(question, {}));
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = `job-${question.job}${question.attempt ? `.${question.attempt}` : ""}-task-${question.task}.${question.stream}`;
  link.click();
  URL.revokeObjectURL(url);
}
