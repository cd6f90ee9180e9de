import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { ask, type Schemas } from "../../api/client";
import { useLanguage } from "../../i18n/words";
import type { Kind } from "./document";

/** What is being written: the document, and what the request says beside it. */
export interface Draft {
  kind: Kind;
  text: string;
  /** Of a script or circuit: `name`, `workdir`, `shots`, `device`, `prefer`, `seed`. */
  beside: Record<string, string>;
  /** Which recipe it is of, and the numbers of its jobs that were submitted already, by their `as`. */
  recipe: { name: string; as: string } | null;
}
const types: Record<Kind, string> = { yaml: "application/yaml", script: "text/x-shellscript", circuit: "text/x-qasm" };
const besideOf: Record<Kind, readonly string[]> = { yaml: [], script: ["name", "workdir"], circuit: ["name", "shots", "device", "prefer", "seed"] };

export const firstDraft: Draft = {
  kind: "yaml", recipe: null, beside: {},
  text: "name: hello\nwall: 10m\ncores: 1\nscript: |\n  #!/bin/bash\n  echo \"hello from $(hostname)\"\n",
};
const draftKey = ["submit-draft"];

/** The draft, kept while the reader looks at other screens; signing out forgets it. */
export function useDraft(): [Draft, (change: (before: Draft) => Draft) => void] {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: draftKey, queryFn: () => firstDraft, initialData: firstDraft, enabled: false, gcTime: Infinity, staleTime: Infinity });
  const change = useCallback((next: (before: Draft) => Draft) => {
    client.setQueryData<Draft>(draftKey, (before) => next(before ?? firstDraft));
  }, [client]);
  return [data, change];
}

function post(path: string, draft: Draft, more: RequestInit = {}): Promise<Response> {
  const beside = new URLSearchParams(besideOf[draft.kind].flatMap((name) => (draft.beside[name] ? [[name, draft.beside[name]]] : [])));
  return ask(beside.size > 0 ? `${path}?${beside.toString()}` : path, { ...more, method: "POST", body: draft.text, headers: { ...more.headers, "Content-Type": types[draft.kind] } });
}

export interface Checked {
  draft: Draft;
  check: Schemas["JobCheck"];
}

/**
 * What the centre says of the draft, asked when its writer pauses. `checked` is of an older text while a newer one is
 * asked for; `isCurrent` says so. While nothing is written it is asked anew now and then: when it would start changes.
 */
export function useCheck(draft: Draft): { query: UseQueryResult<Checked>; isCurrent: boolean } {
  const language = useLanguage();
  const [settled, settle] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => settle(draft), 500);
    return () => clearTimeout(timer);
  }, [draft]);
  const query = useQuery({
    queryKey: ["submit-check", settled.kind, settled.text, settled.beside, language],
    queryFn: async ({ signal }): Promise<Checked> => ({ draft: settled, check: (await (await post("/v1/jobs/check", settled, { signal })).json()) as Schemas["JobCheck"] }),
    enabled: settled.text.trim() !== "", placeholderData: (before) => before, refetchInterval: 20_000, gcTime: 60_000, retry: false,
  });
  return { query, isCurrent: query.data?.draft === draft && !query.isPlaceholderData };
}

export async function submit(draft: Draft, key: string): Promise<Schemas["Submitted"]> {
  return (await (await post("/v1/jobs", draft, { headers: { "Idempotency-Key": key } })).json()) as Schemas["Submitted"];
}
