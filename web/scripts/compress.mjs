// Beside each file of the build that is worth it: FILE.br and FILE.gz, which the daemon sends to those who read them.
// Prints what a browser loads, compressed.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = new URL("../../build/web/", import.meta.url).pathname;
const worth = /\.(js|css|html|svg|json|webmanifest)$/;
let total = 0;
const rows = [];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !worth.test(entry.name)) continue;
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const gzip = gzipSync(bytes, { level: 9 });
  if (bytes.length > 1024) {
    writeFileSync(`${path}.br`, brotli);
    writeFileSync(`${path}.gz`, gzip);
  }
  total += gzip.length;
  rows.push([relative(folder, path), bytes.length, gzip.length, brotli.length]);
}
for (const [name, plain, gzip, brotli] of rows.sort((a, b) => b[2] - a[2]))
  console.log(`${String(name).padEnd(44)} ${String(plain).padStart(9)} ${String(gzip).padStart(8)} gzip ${String(brotli).padStart(8)} br`);
console.log(`all of it, gzip: ${(total / 1024).toFixed(1)} KB`);
