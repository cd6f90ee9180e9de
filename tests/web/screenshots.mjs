// Pictures of every screen in both languages and both themes, of a real daemon with real jobs: build/screenshots. Not a test:
// MINGYUE=build/test/bin/mingyue node tests/web/screenshots.mjs [SCREEN...]
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { Centre, eventually, needAll, openBrowser, openPage, signIn, sleep } from "./lib.mjs";

needAll();
const to = new URL("../../build/screenshots/", import.meta.url).pathname;
mkdirSync(to, { recursive: true });
const centre = await Centre.make(`
name: lakeside
machine: {name: head, memory: 2G}
partitions: [main, {name: ai}, {name: cpu}]
switches: [spine, {name: leaf1, above: spine}, {name: leaf2, above: spine}, {name: leaf3, above: spine}, {name: leaf4, above: spine}, {name: leaf5, above: spine}]
card-types: [{name: a100, vendor: NVIDIA, memory: 80G}]
nodes:
  - {name: "gpu[01-16]", virtual: true, cores: 64, memory: 512G, cards: {type: a100, count: 8}, partition: ai, switch: leaf1}
  - {name: "gpu[17-32]", virtual: true, cores: 64, memory: 512G, cards: {type: a100, count: 8}, partition: ai, switch: leaf2}
  - {name: "gpu[33-48]", virtual: true, cores: 64, memory: 512G, cards: {type: a100, count: 8}, partition: ai, switch: leaf4}
  - {name: "gpu[49-64]", virtual: true, cores: 64, memory: 512G, cards: {type: a100, count: 8}, partition: ai, switch: leaf5}
  - {name: "cpu[01-12]", virtual: true, cores: 64, memory: 256G, partition: cpu, switch: leaf3}
projects: [science, {name: fusion, parent: science, shares: 3}, {name: materials, parent: science, merit: 150}, language]
users:
  - {name: ops, role: operator, projects: [fusion, language, materials]}
  - {name: chen, role: lead, projects: [language]}
  - {name: maria, projects: [fusion, materials]}
  - {name: audit, role: auditor}
qpus: [{name: lake-grid, device: lake-grid}, {name: lake-hex, device: lake-hex}, {name: ideal, device: ideal, pace: 0}]
`);
const cores = (await centre.ask("GET", "/v1/nodes")).find((node) => node.name === "head").cores;
const train = `echo "loading 1.2 GB of tokens"; for i in $(seq 1 400); do
printf 'step %4d  loss \\033[32m%.3f\\033[0m  %d tokens/s\\n' $i $(echo "scale=4; 6.2/(1+$i/60)" | bc 2>/dev/null || echo 2.1) $((18000 + RANDOM % 900))
echo "{\\"step\\": $i, \\"of\\": 400, \\"checkpoint\\": \\"ckpt/step-$((i / 50 * 50))\\"}" >> $MINGYUE_PROGRESS; sleep 0.25; done`;
const job = (name, script, more = {}) => centre.submit({ name, wall: "30m", command: ["bash", "-c", script], project: "fusion", ...more });
for (let i = 0; i < 14; ++i) await job(["taylor-bar", "tungsten-lattice", "tokamak-equilibrium"][i % 3] + `-${i}`, `sleep 0.${i}; exit ${i % 5 === 4 ? 3 : 0}`, { kind: "supercomputing", project: ["fusion", "materials"][i % 2] });
const bell = `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\ncreg c[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\nmeasure q -> c;\n`;
const circuit = (await (await fetch(`${centre.url}/v1/jobs?name=ghz-4&device=lake-grid&shots=2000`, { method: "POST", body: bell, headers: { Authorization: `Bearer ${centre.token}`, "Content-Type": "text/x-qasm" } })).json()).id;
await eventually("the first ones have ended", async () => (await centre.ask("GET", "/v1/jobs")).length === 0, 60_000);
const running = await job("small-language-model", train, { kind: "ai", project: "language" });
if (cores > 1) await job("crash-elastic-bar", "sleep 500", { cores: cores - 1, kind: "supercomputing" });
const waiting = await job("lid-driven-cavity", "sleep 60", { cores, wall: "20m", kind: "supercomputing", project: "materials" });
for (let i = 0; i < 9; ++i) await job(`tungsten-cascade-${i + 1}`, "sleep 60", { cores: 1 + (i % cores), wall: `${10 + 5 * i}m`, project: "materials", kind: ["general", "supercomputing"][i % 2] });
for (let i = 0; i < 5; ++i) await job(`pretrain-${["7b", "13b", "34b", "70b", "moe"][i]}`, "sleep 3600", { partition: "ai", cards: 8, tasks: 3 + 3 * i, kind: "ai", project: ["language", "fusion"][i % 2], wall: `${2 + i}h` });
await job("leaks-memory", "head -c 300M /dev/zero | tail -c 1; sleep 1", { memory: "64M", project: "materials" });
for (const [project, amount] of [["fusion", "1200"], ["language", "4000"]]) {
  await centre.ask("PUT", `/v1/projects/${project}`, { has_budget: true });
  await centre.ask("POST", `/v1/projects/${project}/credits`, { amount });
}
await centre.ask("POST", "/v1/tokens", { token: "pipeline", user: "maria", role: "member" });
// Virtual nodes keep their jobs as long as the script says.
for (let i = 0; i < 26; ++i) await job(`finetune-${i + 1}`, `sleep ${600 + 120 * i}`, { partition: "ai", cards: [1, 2, 4, 8][i % 4], kind: "ai", project: ["language", "fusion", "materials"][i % 3], wall: `${20 + 15 * (i % 7)}m` });
for (let i = 0; i < 9; ++i) await job(`phonons-${i + 1}`, `sleep ${900 + 200 * i}`, { partition: "cpu", cores: 24 + 8 * (i % 4), kind: "supercomputing", project: "materials", wall: `${30 + 20 * (i % 4)}m` });
for (const [name, why] of [["gpu07", "replace a power supply"], ["gpu23", "memory errors on card 3"], ["cpu04", "firmware"]]) await centre.ask("POST", `/v1/nodes/${name}/drain`, { reason: why });
// A report of the twin: two days of a made trace.
const twin = (...args) => execFileSync(process.env.MINGYUE, args, { cwd: centre.data });
twin("trace", "generate", "llm-mix", "--cards", "512", "--days", "2", "-o", "trace.csv.gz");
twin("twin", "run", "--trace", "trace.csv.gz", "--nodes", "64", "--cores", "64", "--cards", "8", "--report", "out");
mkdirSync(`${centre.data}/reports`, { recursive: true });
copyFileSync(`${centre.data}/out/report.html`, `${centre.data}/reports/two-days.html`);
await sleep(14_000);

const browser = await openBrowser();
const shots = [
  ["overview", "/", ".area canvas"],
  ["jobs", "/jobs", ".vt-row"],
  ["job-running", `/jobs/${running}`, ".xterm-rows > div"],
  ["job-waiting", `/jobs/${waiting}`, ".why-terms"],
  ["incidents", "/incidents?show=all", ".panel"],
  ["ledger", "/ledger?period=hour&pool=main/cores", ".area canvas"],
  ["ledger-by-project", "/ledger?period=hour&by=project", ".ledger-usage tbody tr"],
  ["projects", "/projects", ".projects tbody tr"],
  ["project", "/projects/language", ".credits"],
  ["users", "/users", "tbody tr"],
  // Both futures, as soon as they are asked for.
  ["whatif", "/whatif?drain=gpu01,gpu02&add=gpu03*8", "form .ant-btn-primary:enabled", async (page) => {
    await page.locator("form .ant-btn-primary").click();
    await page.locator(".whatif-both").waitFor({ timeout: 120_000 });
  }],
  ["reports", "/reports", "tbody tr"],
  ["report", "/reports/two-days.html", "iframe.report", (page) => page.frameLocator("iframe.report").locator("h1").waitFor()],
  ["job-circuit", `/jobs/${circuit}`, ".histogram-bar"],
  ["submit", "/submit", ".verdict-good"],
  ["nodes", "/nodes", ".map-host canvas"],
  ["nodes-projects", "/nodes?by=project", ".map-host canvas"],
  ["nodes-list", "/nodes?view=list", ".vt-row"],
  ["node", "/nodes/gpu03", ".map-cards"],
  ["plan", "/plan", ".plan-host canvas"],
  ["plan-partitions", "/plan?view=partitions&by=project", ".plan-host canvas"],
  ["quantum", "/quantum", ".device"],
  ["quantum-device", "/quantum/lake-grid", ".coupling"],
  ["quantum-hex", "/quantum/lake-hex", ".coupling"],
].filter(([name]) => process.argv.length < 3 || process.argv.slice(2).includes(name));
try {
  for (const language of ["en", "zh"]) {
    for (const theme of ["light", "dark"]) {
      const page = await openPage(browser, { language, theme });
      await page.goto(centre.url);
      await page.locator("input[name=token]").waitFor();
      await page.screenshot({ path: `${to}sign-in-${language}-${theme}.png` });
      await signIn(page, centre);
      for (const [name, path, until, then] of shots) {
        await page.goto(centre.url + path);
        await page.locator(until).first().waitFor();
        await then?.(page);
        await page.waitForTimeout(700);
        await page.screenshot({ path: `${to}${name}-${language}-${theme}.png` });
      }
      await page.context().close();
    }
  }
  console.log(`pictures of ${shots.length + 1} screens are in ${to}`);
} finally {
  await browser.close();
  await centre.remove();
}
