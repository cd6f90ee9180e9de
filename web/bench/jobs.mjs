// How the console feels in a centre with very many jobs: a real daemon, 100,000 held jobs in it, the real API, Chromium.
//   MINGYUE=build/release/bin/mingyue node web/bench/jobs.mjs [JOBS]
// Prints: the first useful view of overview and jobs; frames while the table is scrolled and jobs change; memory.
// PROFILE=FILE keeps the page's CPU profile of the scrolling (Chromium's developer tools open it) and prints where its time went.
import { readFileSync, writeFileSync } from "node:fs";
import { Centre, needAll, openBrowser, openPage, signIn } from "../../tests/web/lib.mjs";

needAll();
const jobs = Number(process.argv[2] ?? 100_000);
const perArray = 10_000;
const centre = await Centre.make("name: many\nmachine: {name: head, memory: 2G}\nusers: [{name: ops, role: operator, projects: [default]}]\nqpus: []\n");
const browser = await openBrowser();
/** Where the time of a CPU profile went: each function's own time, the longest first. */
function ownTimes({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) =>
    [id, `${functionName || "(anonymous)"} ${url.split("/").pop()}:${lineNumber + 1}:${columnNumber + 1}`]));
  const own = new Map();
  samples.forEach((id, i) => own.set(names.get(id), (own.get(names.get(id)) ?? 0) + timeDeltas[i] / 1000));
  return [...own].sort((a, b) => b[1] - a[1]);
}

/** Processor time of the main thread of the busiest page, in milliseconds: /proc counts in hundredths of a second. */
async function spent() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const { id } = processInfo.filter(({ type }) => type === "renderer").sort((a, b) => b.cpuTime - a.cpuTime)[0];
  const [user, system] = readFileSync(`/proc/${id}/task/${id}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

const say = (what, value, target) => console.log(`${what.padEnd(64)} ${String(value).padStart(10)}   target ${target}`);
try {
  for (let made = 0; made < jobs; made += perArray)
    await centre.submit({ name: `many-${made / perArray}`, command: ["true"], wall: "1h", hold: true, array: `0-${Math.min(perArray, jobs - made) - 1}` });
  const page = await openPage(browser);
  await signIn(page, centre);
  const view = async (path, until) => {
    const begin = Date.now();
    await page.goto(centre.url + path);
    await page.locator(until).first().waitFor();
    return Date.now() - begin;
  };
  say("overview, first useful view, ms", await view("/", ".kpis"), "< 2000");
  say("jobs, first useful view, ms", await view("/jobs", ".vt-row"), "< 2000");

  // All rows into the page: the reader goes to the end again and again.
  await page.locator(".vt").focus();
  const begin = Date.now();
  const count = () => page.locator(".vt").getAttribute("aria-rowcount").then((n) => Number(n) - 1);
  while ((await count()) < jobs && Date.now() - begin < 300_000) {
    await page.keyboard.press("End");
    await page.waitForTimeout(20);
  }
  say(`rows in the table after ${((Date.now() - begin) / 1000).toFixed(1)} s of paging`, await count(), jobs);

  const tools = process.env.PROFILE ? await page.context().newCDPSession(page) : undefined;
  await tools?.send("Profiler.enable");
  await tools?.send("Profiler.start");
  const before = await spent();

  // Jobs change while it is scrolled: one is released and runs, forty times a round.
  const frames = page.evaluate(async () => {
    const table = document.querySelector(".vt");
    const gaps = [];
    const tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
    let last = performance.now();
    const until = last + 15_000;
    while (last < until) {
      table.scrollTop = Math.random() < 0.1 ? Math.random() * table.scrollHeight : table.scrollTop + 300;
      await new Promise((done) => requestAnimationFrame(done));
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }
    gaps.sort((a, b) => a - b);
    return { frames: gaps.length, p99: gaps[Math.floor(gaps.length * 0.99)], most: gaps.at(-1), over: gaps.filter((gap) => gap > 50).length, tasks: tasks.length, longest: Math.max(0, ...tasks) };
  }).then(async (seen) => ({ ...seen, spent: (await spent()) - before }));
  const ids = (await centre.ask("GET", "/v1/jobs?limit=300")).map((job) => job.id);
  for (const id of ids) await centre.ask("POST", `/v1/jobs/${id}/release`);
  const seen = await frames;
  say("frames in 15 s of scrolling while 300 jobs start and end", seen.frames, "-");
  say("frame, 99th percentile, ms", seen.p99.toFixed(1), "< 50");
  say("longest frame, ms", seen.most.toFixed(1), "< 50");
  say("frames over 50 ms", seen.over, 0);
  say("tasks of the page's own thread over 50 ms", seen.tasks, 0);
  say("the longest of them, ms", seen.longest.toFixed(0), "< 50");
  // Frames of a busy machine also wait for others; this is what a frame costs wherever it runs.
  say("processor time of the page's own thread a frame, ms", (seen.spent / seen.frames).toFixed(1), "< 50");
  if (tools) {
    const { profile } = await tools.send("Profiler.stop");
    writeFileSync(process.env.PROFILE, JSON.stringify(profile));
    for (const [name, ms] of ownTimes(profile).slice(0, 25)) say(`  ${name.slice(0, 58)}, ms`, ms.toFixed(0), "-");
  }
  const { usedJSHeapSize } = await page.evaluate(() => ({ usedJSHeapSize: performance.memory.usedJSHeapSize }));
  say("memory of the page, MB", (usedJSHeapSize / 1e6).toFixed(0), "bounded");
} finally {
  await browser.close();
  await centre.remove();
}
