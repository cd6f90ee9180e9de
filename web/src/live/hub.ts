import { useSyncExternalStore } from "react";
import type { Schemas } from "../api/client";
import type { Frame } from "./frames";
import { Stream, type StreamState } from "./stream";

export interface JobProgress {
  id: string;
  attempt: number;
  progress: Schemas["ProgressView"];
}

/** What may be followed, and what each event brings. A screen follows as little as it needs. */
export interface Topics {
  /** A job as it is now, its progress, or `reset`: read lists anew. */
  jobs: { job: Schemas["JobView"] } | { progress: JobProgress } | { reset: true };
  /** A node as it is now; at the beginning all of them. */
  nodes: { node: Schemas["NodeView"] };
}
export type Topic = keyof Topics;

const paths: Record<Topic, string> = { jobs: "/v1/jobs/events", nodes: "/v1/nodes" };

function parse<T extends Topic>(frame: Frame): Topics[T] {
  if (frame.event === "reset") return { reset: true } as Topics[T];
  return { [frame.event]: JSON.parse(frame.data) as unknown } as Topics[T];
}

export interface LiveStatus {
  state: StreamState;
  /** When the centre was last heard, in milliseconds since 1970; 0: never. */
  heardAt: number;
}

type Listener<T extends Topic> = (news: Topics[T][]) => void;

interface Channel {
  stream: Stream;
  listeners: Set<Listener<never>>;
  queue: unknown[];
  due: boolean;
}

/**
 * All live news of a page: one stream for a topic however many components follow it, open while any does. News is given
 * out in batches, at most ten times a second, so that a busy centre costs a page a few renderings and not thousands.
 */
class Hub {
  private readonly channels = new Map<Topic, Channel>();
  private readonly watchers = new Set<() => void>();
  private status: LiveStatus = { state: "connecting", heardAt: 0 };
  private readonly every = 100;

  follow<T extends Topic>(topic: T, listener: Listener<T>): () => void {
    const channel = this.channels.get(topic) ?? this.open(topic);
    channel.listeners.add(listener as Listener<never>);
    return () => {
      channel.listeners.delete(listener as Listener<never>);
      // A screen that gives way to the next leaves the stream a moment, so that it is not opened anew each time.
      setTimeout(() => {
        if (channel.listeners.size > 0 || this.channels.get(topic) !== channel) return;
        channel.stream.stop();
        this.channels.delete(topic);
      }, 1_000);
    };
  }

  /** After signing in or out, and in another language: everything anew. */
  restart(): void {
    for (const [topic, channel] of this.channels) {
      channel.stream.stop();
      channel.stream = this.stream(topic, channel);
      channel.stream.start();
    }
  }

  stop(): void {
    for (const channel of this.channels.values()) channel.stream.stop();
    this.channels.clear();
    this.set({ state: "connecting", heardAt: 0 });
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
  readonly current = (): LiveStatus => this.status;

  private open(topic: Topic): Channel {
    const channel: Channel = { stream: undefined as never, listeners: new Set(), queue: [], due: false };
    channel.stream = this.stream(topic, channel);
    this.channels.set(topic, channel);
    channel.stream.start();
    return channel;
  }

  private stream(topic: Topic, channel: Channel): Stream {
    return new Stream({
      path: paths[topic],
      onFrame: (frame) => {
        channel.queue.push(parse(frame));
        if (channel.due) return;
        channel.due = true;
        setTimeout(() => this.deliver(channel), this.every);
      },
      onState: (state, heardAt) => {
        // The header shows seconds; each byte need not be told.
        if (state === this.status.state && heardAt - this.status.heardAt < 1_000) return;
        this.set({ state, heardAt });
      },
    });
  }

  private deliver(channel: Channel): void {
    channel.due = false;
    const news = channel.queue as never[];
    channel.queue = [];
    for (const listener of channel.listeners) listener(news);
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
