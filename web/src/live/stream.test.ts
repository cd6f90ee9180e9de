import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Stream, type StreamState } from "./stream";

/** A server of one stream after the other, each told piece by piece. */
interface Line {
  headers: Record<string, string>;
  send: (text: string) => void;
  close: () => void;
}
let lines: Line[] = [];
let status = 200;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  lines = [];
  status = 200;
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    if (status !== 200) return Promise.resolve(new Response('{"code":"no","detail":"no"}', { status }));
    let control!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({ start: (c) => void (control = c) });
    init.signal?.addEventListener("abort", () => { try { control.error(new Error("aborted")); } catch { /* it has ended */ } });
    lines.push({ headers: init.headers as Record<string, string>, send: (text) => control.enqueue(new TextEncoder().encode(text)), close: () => control.close() });
    return Promise.resolve(new Response(body));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = async (ms = 0): Promise<void> => {
  for (let i = 0; i < 10; ++i) await vi.advanceTimersByTimeAsync(ms / 10);
  await new Promise<void>((done) => setImmediate(done));
};

function follow(): { stream: Stream; states: StreamState[]; data: string[] } {
  const states: StreamState[] = [];
  const data: string[] = [];
  const stream = new Stream({ path: () => "/v1/live?topics=jobs", onFrame: (frame) => data.push(frame.data), onState: (state) => state !== states.at(-1) && states.push(state) });
  stream.start();
  return { stream, states, data };
}

test("after a broken line it goes on behind the last event", async () => {
  const { stream, states, data } = follow();
  await settle();
  lines[0]!.send("id: 41\ndata: a\n\n");
  await settle();
  lines[0]!.close();
  await settle();
  expect(states.at(-1)).toBe("waiting");
  await settle(2_000);
  expect(lines).toHaveLength(2);
  expect(lines[1]!.headers["Last-Event-ID"]).toBe("41");
  lines[1]!.send("id: 42\ndata: b\n\n");
  await settle();
  expect(data).toEqual(["a", "b"]);
  expect(states).toEqual(["connecting", "live", "waiting", "live"]);
  stream.stop();
});

test("a line on which nothing comes, not even a beat, is given up", async () => {
  const { stream } = follow();
  await settle();
  await settle(45_000);
  expect(lines.length).toBeGreaterThan(1);
  stream.stop();
});

test("a refusal is not asked again", async () => {
  status = 403;
  const { stream, states } = follow();
  await settle();
  await settle(60_000);
  expect(states).toEqual(["connecting", "refused"]);
  stream.stop();
});

test("a busy server is asked again, later and later", async () => {
  status = 503;
  const { stream, states } = follow();
  await settle();
  expect(states.at(-1)).toBe("waiting");
  status = 200;
  await settle(2_000);
  expect(states.at(-1)).toBe("live");
  stream.stop();
});

test("opened anew it goes on behind the last event, and says nothing of it", async () => {
  const { stream, states, data } = follow();
  await settle();
  lines[0]!.send("id: 7\ndata: a\n\n");
  await settle();
  stream.reopen();
  await settle();
  expect(lines).toHaveLength(2);
  expect(lines[1]!.headers["Last-Event-ID"]).toBe("7");
  lines[1]!.send("data: b\n\n");
  await settle();
  expect(data).toEqual(["a", "b"]);
  expect(states).toEqual(["connecting", "live"]);
  stream.stop();
});
