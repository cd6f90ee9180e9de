// What Chromium's own records say of a page's thread: its processor time, which no other program's load makes longer.

/** Where the time of a CPU profile went: each function's own time, the longest first. */
export function ownTimes({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) =>
    [id, `${functionName || "(anonymous)"} ${url.split("/").pop()}:${lineNumber + 1}:${columnNumber + 1}`]));
  const own = new Map();
  samples.forEach((id, i) => own.set(names.get(id), (own.get(names.get(id)) ?? 0) + timeDeltas[i] / 1000));
  return [...own].sort((a, b) => b[1] - a[1]);
}

const script = new Set(["FunctionCall", "EvaluateScript", "FireAnimationFrame", "TimerFire", "EventDispatch", "RunMicrotasks", "MajorGC", "MinorGC", "V8.GCScavenger"]);
const layout = new Set(["UpdateLayoutTree", "Layout", "ScheduleStyleRecalculation"]);
const longMs = 50;

/**
 * Of a trace, the main thread of the page that worked most: `cpu`, `script` and `layout` in milliseconds of processor time, and
 * the tasks over 50 ms with what they were made of. Nested records are counted once, as what lies innermost.
 */
export function mainThread({ traceEvents }) {
  const mains = traceEvents.filter((each) => each.name === "thread_name" && each.args.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`);
  let best = null;
  for (const main of mains) {
    const own = threadTimes(traceEvents.filter((each) => `${each.pid} ${each.tid}` === main && each.ph === "X" && each.tdur !== undefined));
    if (!best || own.cpu > best.cpu) best = own;
  }
  return best ?? threadTimes([]);
}

function threadTimes(events) {
  events.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const out = { cpu: 0, script: 0, layout: 0, long: [], longest: 0, parts: new Map() };
  const open = [];
  let task = null;
  const close = (event) => {
    const own = (event.tdur - event.inner) / 1000;
    if (script.has(event.name)) out.script += own;
    else if (layout.has(event.name)) out.layout += own;
    out.parts.set(event.name, (out.parts.get(event.name) ?? 0) + own);
    if (task && event !== task.event) task.parts.set(event.name, (task.parts.get(event.name) ?? 0) + own);
    if (task && event === task.event) {
      const cpu = event.tdur / 1000;
      out.longest = Math.max(out.longest, cpu);
      if (cpu > longMs) out.long.push({ cpu, parts: [...task.parts].sort((a, b) => b[1] - a[1]).slice(0, 5) });
      task = null;
    }
  };
  for (const event of events) {
    while (open.length > 0 && open.at(-1).ts + open.at(-1).dur <= event.ts) close(open.pop());
    event.inner = 0;
    if (open.length > 0) open.at(-1).inner += event.tdur;
    else out.cpu += event.tdur / 1000;
    if (!task && /RunTask|ThreadControllerImpl::RunTask/.test(event.name)) task = { event, parts: new Map() };
    open.push(event);
  }
  while (open.length > 0) close(open.pop());
  out.long.sort((a, b) => b.cpu - a.cpu);
  return out;
}
