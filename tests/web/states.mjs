// Every screen's states, in Chromium against a real daemon: it loads, it failed and tries again, not for this token, nothing
// there, live, and old. What the centre answers is held back or replaced on the way; what is live is the daemon's own.
//   MINGYUE=build/test/bin/mingyue node tests/web/states.mjs [SCREEN...]
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { axe, Centre, eventually, needAll, openBrowser, openPage, signIn } from "./lib.mjs";

needAll();
// An engine whose cluster does not answer: that is what its screen shows.
const folder = mkdtempSync(join(tmpdir(), "mingyue-states-"));
writeFileSync(join(folder, "token"), "none\n");
const centre = await Centre.make(`
name: lakeside
machine: {name: here, memory: 2G}
engines: [{name: river, rest: "http://127.0.0.1:9", token-file: ${folder}/token, shared: ${folder}, commands: ${folder}}]
partitions: [main, ai, {name: river, engine: river}]
card-types: [{name: a100, vendor: NVIDIA, memory: 80G}]
nodes:
  - {name: "gpu[1-4]", virtual: true, cores: 64, memory: 512G, cards: {type: a100, count: 8}, partition: ai}
users: [{name: ops, role: operator, projects: [default]}, {name: audit, role: auditor}]
qpus: [{name: lake-grid, device: lake-grid}]
`);
mkdirSync(join(centre.data, "reports"), { recursive: true });
writeFileSync(join(centre.data, "reports", "week.html"), '<!DOCTYPE html><html lang="en"><head><title>A week</title></head><body><h1>A week of a centre</h1><script>document.body.textContent = "it ran"</script></body></html>');
const job = (name, script, more = {}) => centre.submit({ name, wall: "10m", command: ["bash", "-c", script], ...more });
const runs = await job("runs", "echo hello; sleep 600", { cores: 1 });
await job("gang", "sleep 600", { partition: "ai", cards: 8 });
await job("kills-itself", "kill -9 $$");
await centre.ask("PUT", "/v1/projects/default", { has_budget: true });
await centre.ask("POST", "/v1/projects/default/credits", { amount: "1000" });
const incident = (await eventually("an incident is told", async () => (await centre.ask("GET", "/v1/incidents")).at(0))).id;
await eventually("the job runs", async () => (await centre.state(runs)) === "running");
const emptyLines = (view) => ({ ...view, lines: view.lines.map((line) => ({ ...line, capacity: "0" })), usage: [] });

/**
 * `asked`: what the screen is made of. `empty`: the same answer with nothing in it, and `says` what then stands there. `live`:
 * what shows that it is filled. `begin`: what a reader does first.
 */
const screens = [
  { name: "overview", path: "/", asked: "**/v1/now", empty: (now) => ({ ...now, next: [], pools: [] }), says: "Nothing waits for a promise", live: ".kpis" },
  { name: "overview, over time", path: "/", asked: "**/v1/ledger/series*", empty: (all) => all.map(emptyLines), says: "Nothing has been counted", live: ".area canvas" },
  { name: "overview, incidents", path: "/", asked: "**/v1/incidents*", empty: () => [], says: "Nothing is out of order", live: ".list-incidents li" },
  { name: "jobs", path: "/jobs", asked: "**/v1/jobs?*", empty: () => [], says: "Nobody has submitted a job yet", live: ".vt-row" },
  { name: "job", path: `/jobs/${runs}`, asked: `**/v1/jobs/${runs}`, empty: (detail) => ({ ...detail, attempts: [] }), says: "It has not started yet", live: ".timeline" },
  { name: "job, why", path: `/jobs/${runs}`, asked: "**/why", live: ".why-sentence" },
  { name: "nodes", path: "/nodes", asked: "**/v1/nodes", empty: () => [], says: "The centre has no nodes yet", live: ".map-host canvas" },
  { name: "nodes, map", path: "/nodes", asked: "**/v1/cards", empty: (view) => ({ ...view, nodes: [] }), says: "No node matches", live: ".map-host canvas" },
  { name: "nodes, list", path: "/nodes?view=list", asked: "**/v1/nodes", empty: () => [], says: "The centre has no nodes yet", live: ".vt-row" },
  { name: "node", path: "/nodes/gpu2", asked: "**/v1/nodes/gpu2", empty: (node) => ({ ...node, jobs: [] }), says: "No job runs here", live: ".map-cards" },
  { name: "plan", path: "/plan", asked: "**/v1/plan/picture", empty: (picture) => ({ ...picture, bars: [], windows: [] }), says: "Nothing runs, and nothing is promised", live: ".plan-host canvas" },
  { name: "quantum", path: "/quantum", asked: "**/v1/qpus", empty: () => [], says: "no quantum devices", live: ".device" },
  { name: "quantum, jobs", path: "/quantum", asked: "**/v1/jobs?*", empty: () => [], says: "Nobody has submitted quantum work yet", live: ".device" },
  { name: "quantum device", path: "/quantum/lake-grid", asked: "**/calibration", empty: (seen) => ({ ...seen, qubits: [], pairs: [] }), says: "told no calibration yet", live: ".coupling circle" },
  { name: "incidents", path: "/incidents", asked: "**/v1/incidents*", empty: () => [], says: "Nothing is out of order", live: ".vt-row" },
  { name: "incident", path: `/incidents/${incident}`, asked: "**/v1/incidents*", empty: () => [], says: `There is no incident ${incident}`, live: ".incident-message" },
  { name: "engines", path: "/engines", asked: "**/v1/engines", empty: () => [], says: "drives no other cluster", live: "tbody tr" },
  { name: "ledger", path: "/ledger?period=hour", asked: "**/v1/ledger?*", empty: emptyLines, says: "Nothing has been counted", live: ".ledger-account" },
  { name: "projects", path: "/projects", asked: "**/v1/projects", empty: () => [], says: "There is no project yet", live: ".projects tbody tr" },
  { name: "project", path: "/projects/default", asked: "**/v1/projects", empty: () => [], says: "There is no project default", live: ".credits" },
  { name: "project, postings", path: "/projects/default", asked: "**/v1/postings*", empty: () => [], says: "Nothing has been posted yet", live: "tbody tr" },
  { name: "users", path: "/users", asked: "**/v1/users", empty: () => [], says: "There is no user yet", live: "tbody tr" },
  { name: "users, tokens", path: "/users", asked: "**/v1/tokens", empty: () => [], says: "No token was issued yet", live: "tbody tr" },
  { name: "reports", path: "/reports", asked: "**/v1/reports", empty: () => [], says: "There is no report yet", live: "tbody tr" },
  { name: "report", path: "/reports/week.html", asked: "**/v1/reports/week.html", live: "iframe.report" },
  {
    name: "submit", path: "/submit", asked: "**/v1/jobs/check*", live: ".verdict-good", says: "Nothing is written yet",
    clear: async (page) => {
      await page.locator(".cm-content").click();
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.press("Delete");
    },
  },
  {
    name: "what if", path: "/whatif?drain=gpu1", asked: "**/v1/whatif", live: ".whatif-both", says: "both futures stand here side by side",
    begin: (page) => page.getByRole("button", { name: "Ask" }).click(),
    // Its answer is of one moment, and says which: it ages when the question is edited.
    ages: async (page) => {
      await page.getByText("30 days", { exact: true }).click();
      await page.locator("main .state-stale", { hasText: "edited since" }).waitFor();
    },
  },
].filter(({ name }) => process.argv.length < 3 || process.argv.slice(2).some((wanted) => name.startsWith(wanted)));

const refusal = (status, code, detail, hint) => ({ status, contentType: "application/problem+json", body: JSON.stringify({ type: "about:blank", title: code, status, code, detail, field: "", hint, line: 0, errors: [] }) });
const answers = {
  busy: (route) => route.fulfill(refusal(503, "busy", "the centre is busy", "try again in a moment")),
  forbidden: (route) => route.fulfill(refusal(403, "not-allowed", "this belongs to somebody else", "allowed: operator")),
  live: (route) => route.continue(),
};

/** The wire between the reader and the centre: cut, nothing passes, and what was open is broken. */
class Line {
  sockets = new Set();
  whole = true;
  static async make(port) {
    const line = new Line();
    line.server = createServer((near) => {
      if (!line.whole) return near.destroy();
      const far = connect(port, "127.0.0.1");
      for (const [one, other] of [[near, far], [far, near]]) {
        line.sockets.add(one);
        one.on("error", () => undefined);
        one.on("close", () => {
          line.sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    }).listen(0, "127.0.0.1");
    await once(line.server, "listening");
    line.url = `http://127.0.0.1:${line.server.address().port}`;
    return line;
  }
  cut() {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }
  mend() {
    this.whole = true;
  }
}

const line = await Line.make(centre.port);
const browser = await openBrowser();
const page = await openPage(browser);
page.setDefaultTimeout(60_000);
const isGone = (selector) => page.locator(selector).first().waitFor({ state: "detached" });
const retry = () => page.locator("main").getByRole("button", { name: "Try again" }).first().click();

/** A state that looks the same on every screen is looked at by axe once, each live screen by itself. */
const seen = new Set();
async function look(state) {
  if (!seen.has(state)) assert.deepEqual(await axe(page), [], state);
  seen.add(state);
}

async function states({ path, asked, empty, says, live, begin, clear, ages }) {
  let answer;
  let go;
  const held = new Promise((done) => (go = done));
  const on = async (route) => {
    // The stream of the nodes has the address of their list.
    if (route.request().headers().accept?.includes("event-stream")) return route.continue();
    await held;
    await answer(route).catch(() => undefined);
  };
  await page.route(asked, on);
  await page.goto(line.url + path);
  if (begin) {
    await page.locator("main .state-empty", { hasText: says }).waitFor();
    await begin(page);
  }
  await page.locator("main .state-loading").first().waitFor();
  answer = answers.busy;
  go();
  await page.locator("main .state-failed", { hasText: "the centre is busy" }).first().waitFor();
  assert.match(await page.locator("main .state-failed").first().innerText(), /try again in a moment[^]*Try again/);
  await look("failed");
  answer = answers.forbidden;
  await retry();
  await page.locator("main .state-forbidden", { hasText: "this belongs to somebody else" }).first().waitFor();
  assert.match(await page.locator("main .state-forbidden").first().innerText(), /Not for this token[^]*allowed: operator/);
  if (empty) {
    answer = async (route) => route.fulfill({ json: empty(await (await route.fetch()).json()) });
    await retry();
    await page.locator("main .state-empty", { hasText: says }).first().waitFor();
    await look("empty");
  }
  answer = answers.live;
  if (empty) await page.reload();
  else await retry();
  await page.locator(`main ${live}`).first().waitFor();
  await isGone("main .state-failed, main .state-forbidden");
  await isGone("main .state-loading");
  await page.locator(".live-live").waitFor();
  assert.deepEqual(await axe(page), [], "live");
  if (ages) return ages(page);
  // The network goes away, and comes back.
  line.cut();
  await page.locator(".live-waiting").waitFor();
  await page.locator("main .state-stale", { hasText: "Shown as it was" }).first().waitFor();
  assert.ok(await page.locator(`main ${live}`).first().isVisible(), "what was known stays in sight");
  line.mend();
  await page.locator(".live-live").waitFor();
  await isGone("main .state-stale");
  if (!clear) return;
  await clear(page);
  await page.locator("main .state-empty", { hasText: says }).first().waitFor();
}

let status = 0;
try {
  await signIn(page, { url: line.url, token: centre.token });
  for (const screen of screens) {
    const begin = Date.now();
    await states(screen).catch((error) => Promise.reject(new Error(`${screen.name}: ${error.stack ?? error}`)));
    await page.unrouteAll({ behavior: "ignoreErrors" });
    console.log(`ok   ${screen.name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  }
  if (process.argv.length < 3) {
    // A report is another's page: it is read, and runs nothing.
    await page.goto(`${line.url}/reports/week.html`);
    await page.frameLocator("iframe.report").getByText("A week of a centre").waitFor();
    // Who may not, is told so where it is, and sees the rest.
    const token = (await centre.ask("POST", "/v1/tokens", { token: "member", user: "ops", role: "member" })).secret;
    const member = await openPage(browser);
    await signIn(member, { url: centre.url, token });
    await member.goto(`${centre.url}/users`);
    await member.getByText("Operators and auditors see the tokens").waitFor();
    await member.locator("main tbody tr").first().waitFor();
    await member.context().close();
    console.log("ok   a member sees users, and that tokens are not for members");
  }
  assert.deepEqual(page.faults, []);
} catch (error) {
  console.log(`FAILED: ${error.message}`);
  await page.screenshot({ path: "/tmp/mingyue-states-failed.png" }).catch(() => undefined);
  console.log(page.url(), page.faults);
  status = 1;
} finally {
  await browser.close();
  line.cut();
  line.server.close();
  await centre.remove();
}
process.exit(status);
