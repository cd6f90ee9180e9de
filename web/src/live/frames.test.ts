import { expect, test } from "vitest";
import { FrameReader } from "./frames";

test("frames are whole however the text is cut", () => {
  const text = ': beat\n\nid: 7\nevent: job\ndata: {"a":1}\n\nevent: progress\r\ndata: one\r\ndata: two\r\n\r\ndata:x\n\n';
  for (let size = 1; size < text.length; ++size) {
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < text.length; at += size) frames.push(...reader.read(text.slice(at, at + size)));
    expect(frames).toEqual([
      { event: "job", id: "7", data: '{"a":1}' },
      { event: "progress", id: "7", data: "one\ntwo" },
      { event: "message", id: "7", data: "x" },
    ]);
  }
});

test("a frame without data is none, and an unfinished one waits", () => {
  const reader = new FrameReader();
  expect(reader.read("event: job\n\ndata: half")).toEqual([]);
  expect(reader.read("\n\n")).toEqual([{ event: "message", id: "", data: "half" }]);
});
