import createClient from "openapi-fetch";
import type { components, paths } from "./schema";
import { asApiError, errorOf, unreachable } from "./problem";
import { storedToken } from "./token";

/** The bodies of the API, by the names that docs/openapi.json gives them. */
export type Schemas = components["schemas"];

type Listener = () => void;
let onSignedOut: Listener = () => undefined;
let language = "en";

/** Called whenever the centre does not know the token (any more). */
export function whenSignedOut(listener: Listener): void {
  onSignedOut = listener;
}

/** The language in which the centre's own sentences come. */
export function speak(words: string): void {
  language = words;
}

export function apiHeaders(): Record<string, string> {
  const token = storedToken();
  return { "Accept-Language": language, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
}

/** fetch with the token and the language; what is no success throws an ApiError. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, headers: { ...apiHeaders(), ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw unreachable();
  }
  if (answer.ok) return answer;
  if (answer.status === 401) onSignedOut();
  throw errorOf(answer.status, await answer.text().catch(() => ""));
}

/** Typed by the API document: `await api.GET("/v1/jobs/{id}", {params: {path: {id}}})`. Wrap it in `told()`. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: async (request) => {
    for (const [name, value] of Object.entries(apiHeaders())) request.headers.set(name, value);
    return fetch(request);
  },
});

interface Told<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or an ApiError thrown. */
export async function told<T>(question: Promise<Told<T>>): Promise<T> {
  let answer: Told<T>;
  try {
    answer = await question;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw asApiError(error);
  }
  if (answer.response.ok) return answer.data as T;
  if (answer.response.status === 401) onSignedOut();
  throw errorOf(answer.response.status, answer.error);
}
