import type { components } from "./schema";

/** What the centre answers when it says no (RFC 9457); docs/errors.md lists every `code`. */
export type ProblemDocument = components["schemas"]["Problem"];

/** No answer of the centre: it could not be reached, or what came was none of its documents. */
export type Unreachable = "unreachable" | "not-the-centre";

/** Thrown by everything in api/. Shown by states/Failed.tsx. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint = "",
    readonly field = "",
    readonly errors: ProblemDocument["errors"] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Asking again may help: nobody said no. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function isProblem(body: unknown): body is ProblemDocument {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body;
}

/** An answer that is no success, as an error. `body` is what was read of it: parsed JSON, or text. */
export function errorOf(status: number, body: unknown): ApiError {
  let read = body;
  if (typeof body === "string") {
    try {
      read = JSON.parse(body);
    } catch {
      read = undefined;
    }
  }
  if (isProblem(read)) return new ApiError(status, read.code, read.detail, read.hint ?? "", read.field ?? "", read.errors ?? []);
  return new ApiError(status, "not-the-centre" satisfies Unreachable, `HTTP ${status}`);
}

export function unreachable(): ApiError {
  return new ApiError(0, "unreachable" satisfies Unreachable, "");
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : unreachable();
}
