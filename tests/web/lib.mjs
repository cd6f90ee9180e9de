// A real daemon and a real browser, for the tests of the console. Each run has a data folder and a loopback port of its own.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { createInterface } from "node:readline";

const root = new URL("../../", import.meta.url).pathname;
const fromWeb = createRequire(join(root, "web/package.json"));

/** Ends the test as skipped, with the reason. */
export function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

/** A package of web/package.json. */
export function need(name) {
  try {
    return fromWeb(name);
  } catch {
    return skip(`the npm package ${name} is not installed; scripts/test installs what web/package-lock.json names`);
  }
}

export const chromiumProgram = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => path && existsSync(path));
export const builtConsole = join(root, "build/web/index.html");

export function needAll() {
  if (!process.env.MINGYUE) skip("MINGYUE does not name the program");
  if (!existsSync(builtConsole)) skip("the console is not built: cmake --build build/test --target console");
  if (!chromiumProgram) skip("there is no Chromium: apt-get install chromium");
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function eventually(what, condition, within = 20_000) {
  const until = Date.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > until) throw new Error(`not within ${within / 1000} s: ${what}`);
    await sleep(100);
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** One data folder and the daemon over it, at a port that stays the same from start to start. */
export class Centre {
  static async make(description) {
    const centre = new Centre();
    centre.data = mkdtempSync(join(tmpdir(), "mingyue-web-"));
    writeFileSync(join(centre.data, "centre.yaml"), description);
    centre.port = await freePort();
    centre.url = `http://127.0.0.1:${centre.port}`;
    await centre.start();
    // A token of the log lives longer than one start.
    centre.token = (await centre.ask("POST", "/v1/tokens", { token: "console", user: "ops", role: "operator" }, centre.local())).secret;
    return centre;
  }

  local() {
    return JSON.parse(readFileSync(join(this.data, "endpoint.json"), "utf8")).token;
  }

  async start() {
    this.process = spawn(process.env.MINGYUE, ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.port}`], { stdio: ["ignore", "pipe", "ignore"] });
    const lines = createInterface({ input: this.process.stdout });
    const [line] = await Promise.race([once(lines, "line"), once(this.process, "exit").then(([code]) => { throw new Error(`serve ended with ${code}`); })]);
    if (!line.includes("is ready at")) throw new Error(`serve said: ${line}`);
  }

  async end(signal = "SIGTERM") {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    await ended;
  }

  /** Jobs outlive their daemon, as they should: here they are ended first, or they would run on for hours. */
  async endJobs() {
    const live = () => this.ask("GET", "/v1/jobs?state=starting,running,queued&limit=10000");
    await eventually("all jobs have ended", async () => {
      const jobs = await live();
      for (const { id } of jobs) await this.ask("POST", `/v1/jobs/${id}/cancel`).catch(() => undefined);
      return jobs.length === 0;
    }, 60_000);
  }

  async remove() {
    await this.endJobs().catch((error) => console.log(`jobs are left behind: ${error.message}`));
    await this.end();
    rmSync(this.data, { recursive: true, force: true });
  }

  async ask(method, path, body, token = this.token) {
    const answer = await fetch(this.url + path, {
      method, body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "Content-Type": typeof body === "string" ? "application/yaml" : "application/json" }) },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** The id of a job given as a document, here as JSON, which is YAML. */
  async submit(job) {
    return (await this.ask("POST", "/v1/jobs", JSON.stringify(job).toString())).id;
  }
  async state(id) {
    return (await this.ask("GET", `/v1/jobs/${id}`)).job.state;
  }
}

export async function openBrowser() {
  const { chromium } = need("playwright-core");
  return chromium.launch({
    executablePath: chromiumProgram,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page that keeps every fault: exceptions, and what the content security policy had to stop. */
export async function openPage(browser, { language = "en", theme = "light", width = 1440, height = 900 } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: language === "zh" ? "zh-CN" : "en-GB", colorScheme: theme, timezoneId: "Asia/Shanghai" });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) page.faults.push(message.text());
  });
  page.on("dialog", (dialog) => {
    page.faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return page;
}

/** Signs in as a person does. */
export async function signIn(page, centre) {
  await page.goto(centre.url);
  await page.locator("input[name=token]").fill(centre.token);
  await page.locator("button[type=submit]").click();
  await page.locator(".signin-may").waitFor();
  await page.locator(".signin-form .ant-btn-primary").click();
  await page.locator(".nav").waitFor();
}

/** What axe finds serious or worse, in one line each. */
export async function axe(page) {
  await page.evaluate(need("axe-core").source);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations
    .filter((rule) => rule.impact === "serious" || rule.impact === "critical")
    .map((rule) => `${rule.id} (${rule.impact}): ${rule.help}: ${rule.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
}
