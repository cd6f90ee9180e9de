// The console as people use it, in a real browser against a real daemon with real jobs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axe, Centre, eventually, needAll, openBrowser, openPage, signIn } from "./lib.mjs";

needAll();
const centre = await Centre.make(`
name: lakeside
machine: {name: here, memory: 2G}
partitions: [main, ai]
switches: [spine, {name: leaf1, above: spine}, {name: leaf2, above: spine}]
card-types: [{name: a100, vendor: NVIDIA, memory: 80G}]
nodes:
  - {name: "gpu[1-3]", virtual: true, cores: 64, memory: 512G, cards: {type: a100, count: 8}, partition: ai, switch: leaf1}
  - {name: "gpu[4-6]", virtual: true, cores: 64, memory: 512G, cards: {type: a100, count: 8}, partition: ai, switch: leaf2}
users: [{name: ops, role: operator, projects: [default]}]
qpus: [{name: lake-grid, device: lake-grid}, {name: ideal, device: ideal, pace: 0}]
`);
const cores = (await centre.ask("GET", "/v1/nodes")).find((node) => node.name === "here").cores;
const browser = await openBrowser();
let page;
const steps = [];
const step = (name, run) => steps.push([name, run]);
const text = (selector) => page.locator(selector).first().innerText();
const sees = (what, within) => page.getByText(what, { exact: false }).first().waitFor({ timeout: within ?? 15_000 });
const job = (name, script, more = {}) => ({ name, wall: "10m", command: ["bash", "-c", script], ...more });

step("the page is served safely", async () => {
  const front = await fetch(centre.url + "/");
  const policy = front.headers.get("content-security-policy");
  assert.match(policy, /script-src 'self';/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(front.headers.get("x-content-type-options"), "nosniff");
  assert.equal(front.headers.get("referrer-policy"), "no-referrer");
  assert.equal(front.headers.get("cache-control"), "no-cache");
  const html = await front.text();
  assert.doesNotMatch(html, /<script(?![^>]*src=)/, "no script within the page");
  const asset = html.match(/\/assets\/[^"]+\.js/)[0];
  const script = await fetch(centre.url + asset, { headers: { "Accept-Encoding": "br" } });
  assert.match(script.headers.get("cache-control"), /immutable/);
  assert.equal(script.headers.get("content-encoding"), "br");
  assert.equal((await fetch(centre.url + "/jobs/7")).headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal((await fetch(centre.url + "/v1/nothing")).status, 404);
  const foreign = await fetch(centre.url + "/v1/jobs", { method: "POST", headers: { Origin: "https://evil.example", Authorization: `Bearer ${centre.token}`, "Content-Type": "application/yaml" }, body: "command: ['true']" });
  assert.equal(foreign.status, 403);
});

step("a wrong token is refused with the centre's words, a right one says what it may do", async () => {
  page = await openPage(browser);
  await page.goto(centre.url);
  assert.deepEqual(await axe(page), []);
  await page.locator("input[name=token]").fill("my_wrong");
  await page.locator("button[type=submit]").click();
  await sees("does not know this token");
  await page.locator("input[name=token]").fill(centre.token);
  await page.locator("button[type=submit]").click();
  await page.locator(".signin-may").waitFor();
  assert.match(await text(".signin-form"), /drain and resume nodes/);
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator(".kpis").waitFor();
});

step("empty screens say so", async () => {
  await sees("Nothing waits for a promise");
  await sees("Nothing is out of order");
  await page.getByRole("link", { name: "Jobs", exact: true }).click();
  await sees("Nobody has submitted a job yet");
  assert.deepEqual(await axe(page), []);
});

let hostile;
step("a job is watched from its start to its end", async () => {
  // Names of jobs are words; what people may write freely is the comment.
  hostile = await centre.submit(job("hostile", `echo '<script>alert(2)</script>'; printf '\\033]0;title\\007\\033]8;;javascript:alert(3)\\033\\\\link\\033]8;;\\033\\\\\\n'
for i in $(seq 1 30); do echo "line $i of the output"; echo "{\\"step\\": $i, \\"of\\": 30}" >> $MINGYUE_PROGRESS; sleep 0.2; done; echo needle; echo oops >&2`, { comment: '<img src=x onerror="alert(1)">' }));
  // It appears without asking for the page anew.
  await page.locator(".vt-row", { hasText: "hostile" }).waitFor();
  await page.locator(".vt-row .job-running").waitFor();
  await page.locator(".vt-row [role=progressbar]").waitFor();
  await page.locator(".vt").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/jobs/${hostile}`);
  await page.locator(".xterm-rows", { hasText: "line 3 of the output" }).waitFor();
  await page.locator(".progress-wide").waitFor();
  await page.locator(".screen-head .job-succeeded").waitFor({ timeout: 30_000 });
  await page.locator(".xterm-rows", { hasText: "needle" }).waitFor();
  await sees("complete");
  assert.equal(await page.locator("main img").count(), 0, "a comment is text");
  assert.equal(await page.locator(".log script, .log a").count(), 0, "output is text");
  assert.match(await text(".facts"), /<img src=x onerror/);
  assert.deepEqual(page.faults, []);
});

step("output is searched, and its other stream read", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("line 2 of");
  await page.keyboard.press("Enter");
  assert.equal(await page.getByText("no match").count(), 0);
  await page.locator("[data-search] input").fill("not in there");
  await sees("no match");
  await page.getByText("errors", { exact: true }).click();
  await page.locator(".xterm-rows", { hasText: "oops" }).waitFor();
  assert.deepEqual(await axe(page), []);
});

let long;
let waits;
step("a waiting job says why, and with what it would start sooner", async () => {
  long = await centre.submit(job("long", "sleep 600", { cores }));
  await eventually("it runs", async () => (await centre.state(long)) === "running");
  waits = await centre.submit(job("waits", "true", { cores }));
  await page.goto(`${centre.url}/jobs/${waits}`);
  await page.locator(".why-sentence").waitFor();
  await eventually("the plan has seen it", async () => /\S{3}/.test(await text(".why-sentence")) && (await page.locator(".why-terms").count()) === 1);
  await sees("At the latest");
  assert.deepEqual(await axe(page), []);
});

step("it is held and let go", async () => {
  await page.getByRole("button", { name: "Hold" }).click();
  await page.locator(".screen-head .job-held").waitFor();
  assert.equal(await centre.state(waits), "held");
  await page.getByRole("button", { name: "Release" }).click();
  await page.locator(".screen-head .job-queued").waitFor();
});

step("a running job is cancelled after a question, and the waiting one starts", async () => {
  await page.goto(`${centre.url}/jobs/${long}`);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Cancel the job" }).click();
  await page.locator(".screen-head .job-cancelled").waitFor();
  await eventually("the other one has run", async () => (await centre.state(waits)) === "succeeded");
});

step("a job is submitted again", async () => {
  await page.goto(`${centre.url}/jobs/${waits}`);
  await page.getByRole("button", { name: "Submit again" }).click();
  await page.waitForURL((url) => url.pathname !== `/jobs/${waits}`);
  assert.match(await text("h1"), /waits/);
  const again = page.url().split("/").pop();
  await eventually("it has run", async () => (await centre.state(again)) === "succeeded");
});

step("filters are in the address, and lead back", async () => {
  await page.goto(`${centre.url}/jobs?show=ended&state=cancelled`);
  await page.locator(".vt-row", { hasText: "long" }).waitFor();
  assert.equal(await page.locator(".vt-row").count(), 1);
  await page.locator("[data-search] input").fill("no-such-name");
  await sees("No job matches");
  await page.waitForURL(/name=no-such-name/);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator(".vt-row", { hasText: "hostile" }).waitFor();
  await page.goBack();
});

/** Chooses an entry of a list by its words, with the keyboard. */
async function choose(label, word) {
  await page.getByLabel(label, { exact: true }).last().click();
  await page.keyboard.type(word);
  await page.locator(".ant-select-item-option", { hasText: word }).first().waitFor();
  await page.keyboard.press("Enter");
}
const quiet = () => page.waitForTimeout(500); // dialogs and lists come with a movement

step("an incident is found, read and closed", async () => {
  await centre.submit(job("kills-itself", "kill -9 $$"));
  await eventually("it is told", async () => (await centre.ask("GET", "/v1/incidents")).length > 0);
  await page.goto(`${centre.url}/incidents`);
  await page.locator(".vt-row", { hasText: "kills-itself" }).first().waitFor();
  assert.deepEqual(await axe(page), []);
  await page.locator("[data-search] input").fill("no such message");
  await sees("No incident matches");
  await page.waitForURL(/text=no/);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator(".vt-row", { hasText: "attempt 1 of kills-itself" }).click();
  await page.waitForURL(/\/incidents\/\d+/);
  const id = page.url().split("/").pop();
  await sees("What to do");
  await page.getByRole("link", { name: "kills-itself" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByLabel("How was it dealt with?").fill("It was <b>meant</b> to.");
  await quiet();
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Close it" }).click();
  await page.locator(".screen-head .incident-state", { hasText: "closed" }).waitFor();
  await sees("It was <b>meant</b> to.");
  const closed = (await centre.ask("GET", "/v1/incidents?all=true")).find((each) => each.id === id);
  assert.equal(closed.how, "It was <b>meant</b> to.");
  await page.goto(`${centre.url}/incidents/999999`);
  await sees("There is no incident 999999");
});

step("the ledger accounts for all of the capacity", async () => {
  await page.goto(centre.url);
  await page.getByRole("link", { name: "In the ledger" }).click();
  await page.waitForURL(/\/ledger\?period=hour/);
  await page.locator(".ledger-account").waitFor();
  await sees("to the millisecond");
  const [sum, capacity] = await page.locator(".ledger-account tfoot tr").allInnerTexts();
  assert.equal(sum.match(/[\d.,]+/)[0], capacity.match(/[\d.,]+/)[0]);
  assert.deepEqual(await axe(page), []);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export CSV" }).click()]);
  const rows = readFileSync(await download.path(), "utf8").replace("\ufeff", "").trim().split("\r\n").map((row) => row.split(","));
  const of = (name) => rows.filter((row) => row[3] === "cores" && (name === "capacity" ? row[5] === name : !["capacity", "class"].includes(row[5]))).reduce((all, row) => all + BigInt(row[6]), 0n);
  assert.ok(of("capacity") > 0n);
  assert.equal(of("classes"), of("capacity"));
  await page.goto(`${centre.url}/ledger?period=hour&pool=main/cores`);
  await page.locator(".ledger-account").waitFor();
  await choose("Grouped by", "by project");
  await page.waitForURL(/by=project/);
  await page.getByRole("link", { name: "default" }).waitFor();
  await page.goto(`${centre.url}/ledger?period=hour&user=ops`);
  await sees("Idle time belongs to nobody");
  assert.deepEqual(await axe(page), []);
  await page.goto(`${centre.url}/ledger?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z`);
  await sees("Nothing has been counted in this period");
  await page.goto(`${centre.url}/ledger?partition=nowhere`);
  await sees("there is no partition");
});

step("a project is made, given credits, and changed", async () => {
  await page.goto(`${centre.url}/projects`);
  await page.getByRole("link", { name: "default" }).waitFor();
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByLabel("Name", { exact: true }).fill("not a name!");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.locator(".failure").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("fusion");
  await page.getByText("Its jobs need credits").click();
  await quiet();
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("link", { name: "fusion" }).click();
  await page.waitForURL("**/projects/fusion");
  await sees("Nothing has been posted yet");
  await page.getByRole("button", { name: "Grant credits" }).click();
  await page.getByLabel("Credits", { exact: true }).fill("250.5");
  await page.keyboard.press("Enter");
  await page.locator(".credits", { hasText: "250.5" }).waitFor();
  await page.locator("tbody", { hasText: "project:fusion" }).waitFor();
  assert.equal((await centre.ask("GET", "/v1/projects")).find((each) => each.name === "fusion").available, "250.5");
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Merit", { exact: true }).fill("150");
  await page.getByRole("button", { name: "Save" }).click();
  await eventually("it is so", async () => (await centre.ask("GET", "/v1/projects")).find((each) => each.name === "fusion").merit === 150);
  await quiet();
  assert.deepEqual(await axe(page), []);
});

step("a user is made; a token is shown once, lets in, and is revoked", async () => {
  await page.goto(`${centre.url}/users`);
  await page.getByRole("button", { name: "New user" }).click();
  await page.getByLabel("Name", { exact: true }).fill("maria");
  await choose("Projects", "fusion");
  await page.getByLabel("Name", { exact: true }).click();
  await quiet();
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: "Make", exact: true }).click();
  await page.locator("tr", { hasText: "maria" }).waitFor();
  await page.getByRole("button", { name: "Issue a token" }).click();
  await page.getByLabel("Name of the token").fill("laptop");
  await choose("User", "maria");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  const secret = await page.getByLabel("Secret").inputValue();
  assert.match(secret, /^my_\S{43}$/);
  await quiet();
  assert.deepEqual(await axe(page), []);
  const who = await centre.ask("GET", "/v1/whoami", undefined, secret);
  assert.deepEqual([who.user, who.role, who.projects], ["maria", "member", ["fusion"]]);
  assert.ok(who.can.includes("submitJob") && !who.can.includes("drainNode"));
  await page.getByRole("button", { name: "I have it" }).click();
  await page.locator("tr", { hasText: "laptop" }).waitFor();
  assert.ok(!(await page.content()).includes(secret), "the secret is gone with its dialog");
  // She sees the same, and cannot change it.
  const hers = await openPage(browser);
  await signIn(hers, { url: centre.url, token: secret });
  await hers.goto(`${centre.url}/users`);
  await hers.locator("tr", { hasText: "maria" }).waitFor();
  assert.equal(await hers.getByRole("button", { name: /New user|Change|Revoke|Issue/ }).count(), 0);
  await page.getByRole("button", { name: "Revoke laptop" }).click();
  await page.getByRole("button", { name: "Revoke", exact: true }).last().click();
  await page.locator("tr", { hasText: "laptop" }).waitFor({ state: "detached" });
  await hers.reload();
  await hers.locator("input[name=token]").waitFor();
  await hers.context().close();
});

step("what if: both futures stand side by side, and nothing real changes", async () => {
  await page.goto(`${centre.url}/whatif`);
  assert.ok(await page.getByRole("button", { name: "Ask" }).isDisabled());
  await page.locator("fieldset", { hasText: "Submit jobs" }).getByRole("button", { name: "Add" }).click();
  const document = page.getByLabel("Job 1, as a document or a script");
  await document.fill("nonsense: [");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.locator(".whatif-answer .state-failed").waitFor();
  await document.fill(`name: trial\ncores: ${cores}\nwall: 1h\ncommand: ["true"]`);
  await page.getByRole("button", { name: "Ask" }).click();
  await page.locator(".whatif-both").waitFor();
  await page.locator(".vt-row", { hasText: "would be new" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await choose("Take nodes out of service", "here");
  await page.waitForURL(/drain=here/);
  await sees("edited since");
  assert.equal((await centre.ask("GET", "/v1/nodes"))[0].state, "up");
  assert.equal((await centre.ask("GET", "/v1/jobs?all=true&name=trial")).length, 0);
});

step("a centre of one machine has no other engines", async () => {
  assert.equal(await page.getByRole("link", { name: "Engines" }).count(), 0);
  await page.goto(`${centre.url}/engines`);
  await sees("drives no other cluster");
  assert.deepEqual(await axe(page), []);
});

/** A file as if a person dropped it onto the page. */
const drop = (name, content) => page.evaluate(([file, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], file));
  for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
}, [name, content]);
const editor = () => page.locator(".cm-content").innerText();

step("a job is written in a form and in its document, and submitted", async () => {
  await page.goto(`${centre.url}/submit`);
  await page.locator(".verdict-good").waitFor({ timeout: 30_000 });
  assert.deepEqual(await axe(page), []);
  const field = (name) => page.getByLabel(name, { exact: true });
  await field("Name").fill("written");
  await field("Cores").fill("9999");
  await page.locator(".field-error").first().waitFor();
  await page.locator(".cm-lint-marker-error").first().waitFor();
  assert.match(await editor(), /name: written/);
  assert.equal(await page.getByRole("button", { name: "Submit", exact: true }).isDisabled(), true);
  assert.deepEqual(await axe(page), []);
  await page.getByRole("button", { name: /^line / }).first().click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText('# kept\nname: by-hand\nwall: 5m\nretry: {attempts: 2}\ncommand: ["true"]\n');
  await eventually("the form has read it", async () => (await field("Name").inputValue()) === "by-hand");
  await field("Limit of time").fill("7m");
  assert.match(await editor(), /# kept[^]*wall: 7m[^]*retry: {attempts: 2}/);
  await page.locator(".verdict-good").waitFor();
  await sees("Cost, at most");
  await sees("Likely start");
  await eventually("it may be submitted", () => page.getByRole("button", { name: "Submit", exact: true }).isEnabled());
  await page.getByRole("button", { name: "Submit", exact: true }).click();
  await page.waitForURL(/\/jobs\/\d+$/);
  await page.locator("h1", { hasText: "by-hand" }).waitFor();
});

step("a script, a recipe and a circuit become the document, and the circuit is submitted", async () => {
  await page.goto(`${centre.url}/submit`);
  await page.locator(".verdict-good").waitFor({ timeout: 30_000 });
  await drop("night run.sh", "#!/bin/bash\n#SBATCH --time=00:05:00\ntrue\n");
  await eventually("the script is there", async () => /SBATCH/.test(await editor()));
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "night-run");
  await page.getByRole("button", { name: "Recipe", exact: true }).click();
  await page.locator(".recipes li").first().waitFor();
  assert.deepEqual(await axe(page), []);
  await page.locator(".recipes li", { hasText: "ydrogen" }).getByRole("button").first().click();
  await eventually("the recipe is there", async () => /qpu:/.test(await editor()));
  await drop("bell.qasm", 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0],q[1];\nmeasure q -> c;\n');
  await eventually("the circuit is there", async () => /OPENQASM/.test(await editor()));
  await page.getByLabel("Shots", { exact: true }).fill("500");
  await eventually("it may be submitted", () => page.getByRole("button", { name: "Submit", exact: true }).isEnabled());
  await page.getByRole("button", { name: "Submit", exact: true }).click();
  await page.waitForURL(/\/jobs\/\d+$/);
  await page.locator(".histogram-bar").first().waitFor({ timeout: 60_000 });
  assert.match(await text(".histogram"), /00[^]*11|11[^]*00/);
  assert.deepEqual(await axe(page), []);
});

step("quantum devices are seen, drained with a reason and resumed", async () => {
  await page.goto(`${centre.url}/quantum`);
  await page.locator(".device", { hasText: "lake-grid" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByText("Table", { exact: true }).click();
  await page.locator("td", { hasText: "lake-grid" }).first().waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByRole("link", { name: "lake-grid" }).click();
  await page.locator(".coupling circle").nth(71).waitFor({ state: "attached" });
  assert.deepEqual(await axe(page), []);
  await page.goto(`${centre.url}/quantum/ideal`);
  await page.getByRole("button", { name: "Drain" }).click();
  await page.getByRole("dialog").locator("input").fill("new cable");
  await page.getByRole("dialog").getByRole("button", { name: "Drain" }).click();
  await page.locator(".screen-head .service-drained").waitFor();
  await sees("new cable");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.locator(".screen-head .service-up").waitFor();
});

let gang;
step("the map shows every card, and leads to a node, which is drained and resumed", async () => {
  gang = await centre.submit(job("gang", "sleep 600", { partition: "ai", tasks: 2, cards: 8 }));
  await eventually("it runs", async () => (await centre.state(gang)) === "running");
  await page.goto(`${centre.url}/nodes`);
  await page.locator(".map-host canvas").waitFor();
  await eventually("16 cards are in use, 32 are not", async () => /16[^]*32|32[^]*16/.test(await text(".legend")));
  assert.deepEqual(await axe(page), []);
  await page.locator(".map-host canvas").focus();
  await page.keyboard.press("ArrowRight");
  await page.locator(".map-node").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("z");
  assert.deepEqual(await axe(page), []);
  await page.getByText("job", { exact: true }).click();
  await page.locator(".legend", { hasText: `job ${gang}` }).waitFor();
  await page.getByText("List", { exact: true }).click();
  await page.locator(".vt-row", { hasText: "gpu4" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.locator("[data-search] input").fill("leaf2");
  await eventually("only those of the switch", async () => (await page.locator(".vt-row").count()) === 3);
  await page.goto(`${centre.url}/nodes`);
  await page.locator(".map-host canvas").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/nodes\/\w+$/);
  await page.goto(`${centre.url}/nodes/gpu6`);
  await page.getByRole("button", { name: "Drain" }).click();
  await page.getByRole("dialog").locator("input").fill("replace a fan");
  assert.deepEqual(await axe(page), []);
  await page.getByRole("dialog").getByRole("button", { name: "Drain" }).click();
  await page.locator(".screen-head .service-drained").waitFor();
  await sees("replace a fan");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.locator(".screen-head .service-up").waitFor();
  assert.deepEqual(await axe(page), []);
});

step("the plan shows what runs and what is promised, and leads to the job", async () => {
  await centre.submit(job("whole", "true", { partition: "ai", tasks: 6, cards: 8 }));
  await page.goto(`${centre.url}/plan`);
  await page.locator(".plan-host canvas").waitFor();
  await sees("1 promised", 30_000);
  assert.deepEqual(await axe(page), []);
  await page.locator(".plan-host canvas").focus();
  for (const key of ["ArrowRight", "+", "-", "0", "ArrowDown"]) await page.keyboard.press(key);
  assert.match(await page.locator(".plan-host [role=status]").innerText(), /gang/);
  await page.getByText("Partitions", { exact: true }).click();
  await page.locator(".plan-host canvas").waitFor();
  await page.getByText("List", { exact: true }).click();
  await page.locator(".vt-row", { hasText: "whole" }).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.goto(`${centre.url}/plan`);
  await page.locator(".plan-host canvas").waitFor();
  await page.waitForTimeout(500);
  await page.locator(".plan-host canvas").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/jobs/${gang}`);
});

step("the whole console is there in Chinese, the centre's sentences too", async () => {
  await page.goto(centre.url);
  await page.locator(".kpis").waitFor();
  await page.locator(".switch-language", { hasText: "中文" }).click();
  await page.getByRole("heading", { name: "总览" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await page.getByRole("heading", { name: "作业" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("Escape");
  await page.goto(`${centre.url}/jobs/${long}`);
  await page.locator(".job-cancelled").first().waitFor();
  assert.match(await text(".screen-head"), /已取消/);
  await page.keyboard.press("l");
  await page.getByRole("button", { name: "Submit again" }).waitFor();
});

step("dark is as readable as light", async () => {
  for (const next of ["light", "dark"]) {
    await page.locator(".switch-theme").click();
    await page.locator(`.switch-theme[aria-label="Colours: ${next}"]`).waitFor();
  }
  for (const path of ["/", "/jobs", `/jobs/${hostile}`, "/incidents?show=all", "/incidents/1", "/ledger", "/ledger?by=job", "/projects", "/projects/fusion", "/users", "/whatif?drain=here", "/engines", "/reports", "/submit", "/quantum", "/quantum/lake-grid", "/nodes", "/nodes?view=list", "/nodes/gpu1", "/plan", "/plan?view=list"]) {
    await page.goto(centre.url + path);
    await page.locator(".panel").first().waitFor();
    await page.waitForTimeout(400);
    assert.deepEqual(await axe(page), [], path);
  }
});

step("what is not there, and what cannot be reached, is told", async () => {
  await page.goto(`${centre.url}/jobs/999999`);
  await sees("There is nothing at this address");
  await page.goto(`${centre.url}/nowhere`);
  await sees("There is no such page");
  await page.goto(centre.url);
  await page.locator(".kpis").waitFor();
  await page.locator(".live-live").waitFor();
  await centre.end("SIGKILL");
  await page.locator(".live-waiting").waitFor({ timeout: 15_000 });
  await page.locator(".state-stale").first().waitFor({ timeout: 30_000 });
  assert.match(await text(".state-stale"), /does not answer/);
  assert.equal(await page.locator(".kpis").count(), 1, "what was known stays in sight");
  await centre.start();
  await page.locator(".live-live").waitFor({ timeout: 30_000 });
  await page.locator(".state-stale").first().waitFor({ state: "detached", timeout: 30_000 });
});

step("each screen says that it loads, that it failed, and tries again", async () => {
  for (const [path, asked] of [["/nodes", "**/v1/cards"], ["/nodes/gpu1", "**/v1/nodes/gpu1"], ["/plan", "**/v1/plan/picture"], ["/quantum", "**/v1/qpus"], ["/quantum/lake-grid", "**/calibration"], ["/submit", "**/v1/jobs/check"]]) {
    await page.route(asked, async (route) => {
      await new Promise((done) => setTimeout(done, 800));
      await route.fulfill({ status: 503, json: { type: "x", title: "x", status: 503, code: "busy", detail: "the centre is busy", field: "", hint: "", line: 0, errors: [] } }).catch(() => undefined);
    });
    await page.goto(centre.url + path);
    await page.locator("main .state-loading").first().waitFor();
    await page.locator("main .state-failed", { hasText: "the centre is busy" }).first().waitFor({ timeout: 30_000 });
    await page.unroute(asked);
    await page.getByRole("button", { name: "Try again" }).first().click();
    await page.locator("main .state-failed").first().waitFor({ state: "detached" });
  }
  await page.goto(centre.url);
  await page.locator(".kpis").waitFor();
});

step("loading is told while the centre takes its time", async () => {
  await page.goto(centre.url);
  await page.locator(".kpis").waitFor();
  await page.route("**/v1/now", async (route) => {
    await new Promise((done) => setTimeout(done, 1_500));
    await route.continue().catch(() => undefined);
  });
  await page.reload();
  await page.locator("main .state-loading").first().waitFor();
  await page.locator(".kpis").waitFor();
  await page.unroute("**/v1/now");
});

step("the token is in no address and in no page, and signing out forgets it", async () => {
  const urls = [];
  page.on("request", (request) => urls.push(request.url()));
  await page.reload();
  await page.locator(".kpis").waitFor();
  assert.ok(urls.length > 3 && urls.every((url) => !url.includes(centre.token)));
  assert.ok(!(await page.content()).includes(centre.token));
  await page.locator(".user").click();
  assert.deepEqual(await axe(page), []);
  await page.getByText("Sign out").click();
  await page.locator("input[name=token]").waitFor();
  assert.equal(await page.evaluate(() => Object.keys(sessionStorage).concat(Object.keys(localStorage)).filter((key) => key.includes("token")).length), 0);
});

let status = 0;
try {
  for (const [name, run] of steps) {
    const begin = Date.now();
    await run();
    console.log(`ok   ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  }
  assert.deepEqual(page.faults, []);
} catch (error) {
  console.log(`FAILED: ${error.stack ?? error}`);
  if (page) await page.screenshot({ path: "/tmp/mingyue-console-failed.png" }).catch(() => undefined);
  if (page) console.log(page.url(), page.faults);
  status = 1;
} finally {
  await browser.close();
  await centre.remove();
}
process.exit(status);
