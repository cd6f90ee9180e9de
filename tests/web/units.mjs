// Types, the generated API types, and the unit tests of the console.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { skip } from "./lib.mjs";

const web = new URL("../../web/", import.meta.url).pathname;
if (!existsSync(`${web}node_modules/.bin/vitest`)) skip("the npm packages of web/ are not installed; scripts/test installs them");
for (const script of ["types:check", "check", "test"]) {
  const { status } = spawnSync("npm", ["run", "--silent", script], { cwd: web, stdio: "inherit" });
  if (status !== 0) {
    console.log(`npm run ${script} failed`);
    process.exit(1);
  }
}
