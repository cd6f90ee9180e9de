"use strict";
// quantum.js PROGRAM files FOLDER | quantum.js PROGRAM random: our simulator (PROGRAM is quantum_distributions) and the
// npm package quantum-circuit say the same of every circuit, outcome by outcome. Ends with 77 where there is nothing to
// compare with, and says what is missing.

const {spawnSync} = require("node:child_process");
const fs = require("node:fs");

const most_qubits = 12;  // the package keeps amplitudes in a dictionary: beyond, it takes minutes
const most_error = 1e-9;
const [program, what, folder] = process.argv.slice(2);

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

try {
  require.resolve("quantum-circuit");
} catch {
  skip("the npm package quantum-circuit is not installed; scripts/test installs it");
}
if (what === "files" && !fs.existsSync(folder)) skip("the circuits of QASMBench are not beside this tree");
const theirs = require("./quantum_circuit.js");

function ours(words, input) {
  const run = spawnSync(program, words, {input, encoding: "utf8", maxBuffer: 1 << 30});
  if (run.status !== 0) throw new Error(`${program} ${words.join(" ")} ends with ${run.status}: ${run.stderr}`);
  return run.stdout.trim().split("\n").map((line) => JSON.parse(line));
}

function difference(left, right) {
  let worst = 0;
  for (const bits of new Set([...Object.keys(left), ...Object.keys(right)]))
    worst = Math.max(worst, Math.abs((left[bits] || 0) - (right[bits] || 0)));
  return worst;
}

let failures = 0;
function check(good, message) {
  if (good) return;
  ++failures;
  console.log(`FAILED: ${message}`);
}

function compare(lines) {
  let compared = 0, large = 0, worst = 0;
  for (const line of lines) {
    if (line.qubits) {
      ++large;
      continue;
    }
    if (line.refusal) {
      check(false, `${line.name}: ours refuses it: ${line.refusal}\n${line.text}`);
      continue;
    }
    let found;
    try {
      found = theirs.outcomes(line.text);
    } catch (error) {
      check(false, `${line.name}: quantum-circuit cannot read it: ${error.message}`);
      continue;
    }
    const error = difference(line.outcomes, found);
    check(error < most_error, `${line.name}: the two differ by ${error}\n${line.text}`);
    worst = Math.max(worst, error);
    ++compared;
  }
  console.log(`${compared} circuits compared, at most ${worst.toExponential(1)} apart; ${large} of more than` +
    ` ${most_qubits} qubits left out`);
  return compared;
}

function files() {
  check(compare(ours(["files", folder, String(most_qubits)])) > 0, "no circuit at all");
}

function random() {
  const lines = ours(["random", "1", "300"]);
  compare(lines);
  // Every name of qelib1.inc was among them, as often as it takes to see it with all sorts of angles and neighbours.
  const names = "U CX u3 u2 u1 u0 u p id x y z h s sdg t tdg sx sxdg rx ry rz cx cy cz ch csx swap crx cry crz cu1 cp cu3" +
    " cu rxx rzz ccx ccz cswap rccx rc3x c3x c3sx c3sqrtx c4x if measure reset";
  for (const name of names.split(" ")) {
    const count = lines.filter((line) => new RegExp(`^(if \\(.*\\) )?${name}\\b`, "m").test(line.text)).length;
    check(count >= 5, `${name} is in ${count} circuits`);
  }
  // The exceptions are exceptions still, and ours is as OpenQASM says.
  for (const {name, reason, text, outcomes} of theirs.corrections) {
    const whole = `OPENQASM 2.0;\ninclude "qelib1.inc";\n${text.replaceAll("; ", ";\n")}\n`;
    check(difference(ours(["text"], whole)[0].outcomes, outcomes) < most_error, `${name}: ours is wrong: ${reason}`);
    check(difference(theirs.outcomes(whole), outcomes) < most_error, `${name}: the correction does not help`);
    check(difference(theirs.uncorrected(whole, 200), outcomes) > 0.4, `${name}: no longer an exception: ${reason}`);
  }
}

if (what === "files") files();
else random();
process.exit(failures > 0 ? 1 : 0);
