import { expect, test } from "vitest";
import { bytes, duration, instant, number, percent, resourceHours, sentence, shortInstant } from "./format";

test("durations say their two largest units", () => {
  expect(duration(0, "en")).toBe("0 s");
  expect(duration(400, "en")).toBe("0.4 s");
  expect(duration(7, "en")).toBe("7 ms");
  expect(duration(0.25, "zh")).toBe("< 1 毫秒");
  expect(duration("61000", "en")).toBe("1 min 1 s");
  expect(duration(3_600_000, "en")).toBe("1 h");
  expect(duration(90_061_000, "en")).toBe("1 d 1 h");
  expect(duration(90_061_000, "zh")).toBe("1 天 1 小时");
  expect(duration(-5_000, "en")).toBe("−5 s");
});

test("shares are not rounded to nothing or to all", () => {
  expect(percent(0, "en")).toBe("0 %");
  expect(percent(1, "en")).toBe("100 %");
  expect(percent(0.873, "en")).toBe("87.3 %");
  expect(percent(0.0001, "en")).toBe("< 0.1 %");
  expect(percent(0.9999, "en")).toBe("> 99.9 %");
  expect(percent(null, "en")).toBe("–");
});

test("sizes and amounts have their units", () => {
  expect(bytes("0", "en")).toBe("0 B");
  expect(bytes(1536, "en")).toBe("1.5 KiB");
  expect(bytes("68719476736", "en")).toBe("64 GiB");
  expect(number("1234567", "en")).toBe("1,234,567");
  expect(resourceHours("5400000", "en")).toBe("1.5");
  expect(resourceHours("20000", "en")).toBe("< 0.01");
  expect(resourceHours("0", "en")).toBe("0");
});

test("instants are as short as they are clear, in the reader's zone", () => {
  const now = Date.parse("2026-11-27T16:30:00Z");
  expect(shortInstant("2026-11-27T16:06:13Z", now, "Asia/Shanghai")).toBe("00:06:13");
  expect(shortInstant("2026-11-27T15:06:13Z", now, "Asia/Shanghai")).toBe("11-27 23:06");
  expect(shortInstant("2025-01-02T03:04:05Z", now, "UTC")).toBe("2025-01-02");
  expect(instant("2026-11-27T16:06:13Z", "Asia/Shanghai")).toBe("2026-11-28 00:06:13 GMT+8");
  expect(sentence("promised 2026-11-27T16:06:13.735Z, or 2026-11-28T01:00:00Z", now, "Asia/Shanghai")).toBe("promised 00:06:13, or 09:00:00");
  expect(sentence("node 2026-11-27 has no Z", now)).toBe("node 2026-11-27 has no Z");
});
