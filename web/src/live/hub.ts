import { useSyncExternalStore } from "react";
import type { Schemas } from "../api/client";
import type { Frame } from "./frames";
import { Stream, type StreamState } from "./stream";

export interface JobProgress {
  id: string;
  attempt: number;
  progress: Schemas["ProgressView"];
}

/** Something of the topic was missed: what was asked of it is to be asked anew. */
export interface Reset {
  reset: true;
}

/** What may be followed, and what each event brings. A screen follows as little as it needs. */
export interface Topics {
  /** A job as it is now, or its progress. */
  jobs: { job: Schemas["JobView"] } | { progress: JobProgress } | Reset;
  /** A node that changed, as it is now. */
  nodes: { node: Schemas["NodeView"] } | Reset;
  /** What everything does now, at most once a second. */
  now: { now: Schemas["NowView"] } | Reset;
  /** An incident that was opened or closed. */
  incidents: { incident: Schemas["IncidentView"] } | Reset;
}
export type Topic = keyof Topics;

const topicOf: Record<string, Topic> = { job: "jobs", progress: "jobs", node: "nodes", now: "now", incident: "incidents" };

export interface LiveStatus {
  state: StreamState;
  /** When the centre was last heard, in milliseconds since 1970; 0: never. */
  heardAt: number;
}

type Listener<T extends Topic> = (news: Topics[T][]) => void;

interface Channel {
  listeners: Set<Listener<never>>;
  queue: unknown[];
}

/** News is given out in batches, so that a busy centre costs a page a few renderings and not thousands. */
const deliverEvery = 250;
/** A screen that gives way to the next leaves its topics a moment, so that the stream is not opened anew each time. */
const leaveAfter = 5_000;
/** After the first connection, what was asked before it stood is asked once more: by then the first view is there. */
const firstResetAfter = 1_500;

/** All live news of a page: one stream (GET /v1/live) with the topics that its components follow, open while any does. */
class Hub {
  private readonly channels = new Map<Topic, Channel>();
  private readonly watchers = new Set<() => void>();
  private status: LiveStatus = { state: "connecting", heardAt: 0 };
  private stream: Stream | undefined;
  /** The topics of the stream as it stands, in the order of their names. */
  private asked = "";
  private settling: ReturnType<typeof setTimeout> | undefined;
  private delivering: ReturnType<typeof setTimeout> | undefined;
  private isFirst = true;

  follow<T extends Topic>(topic: T, listener: Listener<T>): () => void {
    let channel = this.channels.get(topic);
    if (!channel) this.channels.set(topic, (channel = { listeners: new Set(), queue: [] }));
    channel.listeners.add(listener as Listener<never>);
    if (!this.asked.split(",").includes(topic)) this.settleIn(0);
    return () => {
      channel.listeners.delete(listener as Listener<never>);
      this.settleIn(leaveAfter);
    };
  }

  /** After signing in or out, and in another language: everything anew. */
  restart(): void {
    this.stream?.reopen();
  }

  stop(): void {
    clearTimeout(this.settling);
    this.settling = undefined;
    this.close();
    this.channels.clear();
    this.set({ state: "connecting", heardAt: 0 });
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
  readonly current = (): LiveStatus => this.status;

  /** The soonest wish counts: a screen that comes does not wait for one that left. */
  private settleIn(ms: number): void {
    if (ms > 0 && this.settling !== undefined) return;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.settling = undefined;
      this.settle();
    }, ms);
  }

  private settle(): void {
    const wanted = [...this.channels].filter(([, { listeners }]) => listeners.size > 0).map(([topic]) => topic).sort().join(",");
    if (wanted === this.asked) return;
    if (wanted === "") return this.close();
    this.asked = wanted;
    // It goes on behind the last event: of a topic that is new, the centre says whether something was missed.
    if (this.stream) this.stream.reopen();
    else this.open();
  }

  private open(): void {
    this.stream = new Stream({
      path: () => `/v1/live?topics=${this.asked}`,
      onFrame: (frame) => this.take(frame),
      onState: (state, heardAt) => {
        // The header shows seconds; each byte need not be told.
        if (state === this.status.state && heardAt - this.status.heardAt < 1_000) return;
        this.set({ state, heardAt });
      },
    });
    this.stream.start();
  }

  private close(): void {
    this.stream?.stop();
    this.stream = undefined;
    this.asked = "";
    this.isFirst = true;
    clearTimeout(this.delivering);
    this.delivering = undefined;
  }

  private take({ event, data }: Frame): void {
    if (event === "ready") {
      if (this.isFirst) setTimeout(() => this.resetAll(), firstResetAfter);
      this.isFirst = false;
    } else if (event === "reset") this.put((JSON.parse(data) as { topic: Topic }).topic, { reset: true });
    else if (topicOf[event]) this.put(topicOf[event], { [event]: JSON.parse(data) as unknown });
  }

  private resetAll(): void {
    for (const topic of this.channels.keys()) this.put(topic, { reset: true });
  }

  private put(topic: Topic, news: unknown): void {
    const channel = this.channels.get(topic);
    if (!channel || channel.listeners.size === 0) return;
    channel.queue.push(news);
    this.delivering ??= setTimeout(() => this.deliver(), deliverEvery);
  }

  private deliver(): void {
    this.delivering = undefined;
    for (const channel of this.channels.values()) {
      if (channel.queue.length === 0) continue;
      const news = channel.queue as never[];
      channel.queue = [];
      for (const listener of channel.listeners) listener(news);
    }
  }

  private set(status: LiveStatus): void {
    this.status = status;
    for (const watcher of this.watchers) watcher();
  }
}

export const hub = new Hub();

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(hub.watch, hub.current);
}
