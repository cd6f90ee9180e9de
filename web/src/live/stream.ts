import { ask } from "../api/client";
import { asApiError } from "../api/problem";
import { FrameReader, type Frame } from "./frames";

export type StreamState = "connecting" | "live" | "waiting" | "paused" | "refused";

export interface StreamOptions {
  /** Asked at each connection: what is followed may be something else by then. */
  path: () => string;
  onFrame: (frame: Frame) => void;
  onState: (state: StreamState, heardAt: number) => void;
}

/** The server sends a comment after 15 s of silence: twice that long without a byte, and the line is dead. */
const silenceMax = 35_000;
const waitLeast = 500;
const waitMost = 15_000;
/** A browser keeps six connections to a server for all its tabs: one that nobody sees gives its own back. */
const hiddenAfter = 10_000;

/**
 * One event stream that comes back by itself. After a broken line it goes on behind the last event that it has seen
 * (Last-Event-ID), so nothing is missed and nothing read anew; the server says `reset` where too much happened since.
 */
export class Stream {
  private lastId = "";
  private heardAt = 0;
  /** When this connection began, or last brought something. */
  private movedAt = 0;
  private abort: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setInterval> | undefined;
  private tries = 0;
  private stopped = true;

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    this.stopped = false;
    document.addEventListener("visibilitychange", this.onVisibility);
    addEventListener("online", this.onOnline);
    this.watchdog = setInterval(() => {
      if (this.abort && Date.now() - this.movedAt > silenceMax) this.abort.abort();
    }, 5_000);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    document.removeEventListener("visibilitychange", this.onVisibility);
    removeEventListener("online", this.onOnline);
    clearInterval(this.watchdog);
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = undefined;
  }

  /** Another connection instead of this one, at once, behind the last event. */
  reopen(): void {
    if (this.stopped || (!this.abort && document.hidden)) return;
    this.abort?.abort();
    this.connect();
  }

  private readonly onOnline = (): void => {
    if (!this.abort && !this.stopped) this.connect();
  };

  private readonly onVisibility = (): void => {
    clearTimeout(this.timer);
    if (document.hidden) {
      this.timer = setTimeout(() => {
        this.abort?.abort();
        this.abort = undefined;
        this.tell("paused");
      }, hiddenAfter);
    } else if (!this.abort) {
      this.tries = 0;
      this.connect();
    }
  };

  private tell(state: StreamState): void {
    if (!this.stopped) this.options.onState(state, this.heardAt);
  }

  private connect(): void {
    clearTimeout(this.timer);
    const abort = new AbortController();
    this.abort = abort;
    if (this.heardAt === 0) this.tell("connecting");
    void this.read(abort).catch((error: unknown) => {
      if (this.abort !== abort) return; // stopped, or begun anew
      this.abort = undefined;
      if (this.stopped) return;
      const { status } = asApiError(error);
      // The token is not known, or may not: asking again changes nothing.
      if (status === 401 || status === 403) return this.tell("refused");
      const wait = Math.min(waitMost, waitLeast * 2 ** this.tries++) * (0.75 + Math.random() / 2);
      this.tell("waiting");
      this.timer = setTimeout(() => this.connect(), wait);
    });
  }

  private async read(abort: AbortController): Promise<never> {
    this.movedAt = Date.now();
    const answer = await ask(this.options.path(), {
      signal: abort.signal,
      headers: { Accept: "text/event-stream", ...(this.lastId ? { "Last-Event-ID": this.lastId } : {}) },
    });
    this.tries = 0;
    this.heardAt = this.movedAt = Date.now();
    this.tell("live");
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    const frames = new FrameReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error("the stream ended");
      this.heardAt = this.movedAt = Date.now();
      for (const frame of frames.read(value)) {
        if (frame.id) this.lastId = frame.id;
        this.options.onFrame(frame);
      }
      this.tell("live");
    }
  }
}
