"use strict";
// The exact outcomes of an OpenQASM 2 program by the npm package quantum-circuit (MIT): its parser, its gates, its
// arithmetic. Ours is only the walk: gates in the order of the program, both outcomes of every measurement. The package
// throws dice there.
//
// Where the package is wrong or silent it is put right here by name, and `corrections` shows for each that the package
// alone says something else than OpenQASM does: quantum.js checks that these are still needed.

const QuantumCircuit = require("quantum-circuit");

// By name: what the package lacks, from what it has. Several controls are built as Barenco et al. build them
// (quant-ph/9503016, section 7), from powers of x, which are phases between two h; rccx and rc3x as Maslov draws them
// (arXiv:1508.03273, figures 3 and 4). Each may use those above it. The package numbers
// a definition's angles by their first use and takes some names, such as gamma, for functions: hence cu's.
const definitions = new Map(Object.entries({
  u0: "gate u0(mu) q { id q; }",
  cu: "gate cu(k1, k2, k3, k4) a, b { cu3(k1, k2, k3) a, b; u1(k4) a; }",
  rxx: "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; }",
  ccz: "gate ccz a, b, c { h c; ccx a, b, c; h c; }",
  rccx: "gate rccx a, b, c { h c; t c; cx b, c; tdg c; cx a, c; t c; cx b, c; tdg c; h c; }",
  rc3x: "gate rc3x a, b, c, d { h d; t d; cx c, d; tdg d; h d; cx a, d; t d; cx b, d; tdg d; cx a, d; t d; cx b, d;" +
    " tdg d; h d; t d; cx c, d; tdg d; h d; }",
  cpower: "gate cpower(theta) a, b { h b; cu1(theta) a, b; h b; }",
  ccpower: "gate ccpower(theta) a, b, c { cpower(theta/2) b, c; cx a, b; cpower(-theta/2) b, c; cx a, b;" +
    " cpower(theta/2) a, c; }",
  c3power: "gate c3power(theta) a, b, c, d { cpower(theta/2) c, d; ccx a, b, c; cpower(-theta/2) c, d; ccx a, b, c;" +
    " ccpower(theta/2) a, b, d; }",
  c3x: "gate c3x a, b, c, d { c3power(pi) a, b, c, d; }",
  c3sqrtx: "gate c3sqrtx a, b, c, d { c3power(pi/2) a, b, c, d; }",
  c3sx: "gate c3sx a, b, c, d { c3power(pi/2) a, b, c, d; }",
  c4x: "gate c4x a, b, c, d, e { cpower(pi/2) d, e; c3x a, b, c, d; cpower(-pi/2) d, e; c3x a, b, c, d;" +
    " c3power(pi/2) a, b, c, e; }",
}));

const corrections = [
  {
    name: "U",
    reason: "quantum-circuit 0.9.250 passes over OpenQASM 2's own U without a word; it is given u3, the same gate",
    text: "qreg q[1]; creg c[1]; U(pi, 0, pi) q[0]; measure q -> c;",
    outcomes: {"1": 1},
  },
  {
    name: "CX",
    reason: "quantum-circuit 0.9.250 passes over OpenQASM 2's own CX without a word; it is given cx, the same gate",
    text: "qreg q[2]; creg c[2]; x q[0]; CX q[0], q[1]; measure q -> c;",
    outcomes: {"11": 1},
  },
  {
    name: "rxx",
    reason: "quantum-circuit 0.9.250 reads rxx(θ) as exp(-iθ XX); qelib1.inc's is exp(-iθ/2 XX), which flips both" +
      " qubits for certain at θ = π",
    text: "qreg q[2]; creg c[2]; rxx(pi) q[0], q[1]; measure q -> c;",
    outcomes: {"11": 1},
  },
  {
    name: "reset",
    reason: "quantum-circuit 0.9.250 resets a qubit by keeping the histories in which it is 0; OpenQASM 2's reset" +
      " leaves the other half of a Bell pair as random as it is",
    text: "qreg q[2]; creg c[1]; h q[0]; cx q[0], q[1]; reset q[0]; measure q[1] -> c[0];",
    outcomes: {"0": 0.5, "1": 0.5},
  },
];

// As the package can read it: with the definitions of those gates that it uses and the package has not, with a version,
// and with other names for U and CX.
function completed(original) {
  let text = original.replace(/\bU\b/g, "u3").replace(/\bCX\b/g, "cx");
  if (!/^\s*OPENQASM\b/m.test(text)) text = "OPENQASM 2.0;\n" + text;
  const used = new Set();
  const look = (part) => {
    for (const [word] of part.matchAll(/[a-z][A-Za-z0-9_]*/g)) {
      if (!definitions.has(word) || used.has(word)) continue;
      used.add(word);
      look(definitions.get(word));
    }
  };
  look(text);
  const added = [...definitions].filter(([name]) => used.has(name)).map(([, definition]) => definition + "\n").join("");
  return added ? text.replace(/^.*include\s+"qelib1\.inc"\s*;/m, (line) => line + "\n" + added) : text;
}

function read(text) {
  const circuit = new QuantumCircuit();
  let errors = [];
  circuit.importQASM(text, (found) => { errors = found; });
  if (errors.length > 0) throw new Error(`${errors[0].line}:${errors[0].col}: ${errors[0].msg}`);
  const plain = new QuantumCircuit();
  plain.load(circuit.save(true));  // definitions unfolded
  const steps = [];
  for (let column = 0; column < plain.numCols(); ++column) {
    for (let wire = 0; wire < plain.numQubits; ++wire) {
      const gate = plain.getGateAt(column, wire);
      if (!gate || gate.connector !== 0 || gate.name === "barrier") continue;
      const known = gate.name === "measure" || gate.name === "reset";
      if (!known && !plain.basicGates[gate.name]) throw new Error(`it has no gate ${gate.name}`);
      steps.push({
        name: gate.name,
        wires: gate.wires,
        condition: gate.options.condition && gate.options.condition.creg ? gate.options.condition : null,
        bit: gate.options.creg,
        matrix: known ? null : plain.getRawGate(plain.basicGates[gate.name], gate.options),
      });
    }
  }
  return {machine: plain, steps};
}

// {"01": probability}: the last bit of the last register leftmost; over all qubits where nothing is measured.
function outcomes(text) {
  const {machine, steps} = read(completed(text));
  const measures = steps.some((step) => step.name === "measure");
  const qubits = [...text.matchAll(/^\s*qreg\s+\w+\s*\[\s*(\d+)\s*\]/gm)].reduce((sum, found) => sum + Number(found[1]), 0);
  let last = steps.length;  // from here on there are only measurements
  while (last > 0 && steps[last - 1].name === "measure" && !steps[last - 1].condition) --last;

  const found = {};
  const add = (bits, probability) => { found[bits] = (found[bits] || 0) + probability; };
  const words = (cregs) => Object.values(cregs).map((bits) => [...bits].reverse().join("")).reverse().join("");
  const finish = (weight) => {
    const cregs = machine.cregs;
    for (const [index, amplitude] of Object.entries(machine.state)) {
      const probability = weight * (amplitude.re ** 2 + amplitude.im ** 2);
      if (!measures) {
        add(Number(index).toString(2).padStart(qubits, "0"), probability);
        continue;
      }
      machine.cregs = structuredClone(cregs);
      for (const {wires, bit} of steps.slice(last)) machine.setCregBit(bit.name, bit.bit, Number(index) >> wires[0] & 1);
      add(words(machine.cregs), probability);
    }
  };

  machine.initState();
  const histories = [{at: 0, weight: 1, state: machine.state, stateBits: machine.stateBits, cregs: machine.cregs}];
  while (histories.length > 0) {
    let {at, weight, state, stateBits, cregs} = histories.pop();
    Object.assign(machine, {state, stateBits, cregs});
    for (; at < last; ++at) {
      const step = steps[at];
      if (step.condition && machine.getCregValue(step.condition.creg) !== step.condition.value) continue;
      if (step.matrix) {
        machine.applyTransform(step.matrix, step.wires);
        continue;
      }
      // Both outcomes go on, each from its own half of the state.
      const one = machine.probabilities()[step.wires[0]];
      const before = {state: machine.state, stateBits: machine.stateBits, cregs: machine.cregs};
      for (const value of [0, 1]) {
        const probability = value === 1 ? one : 1 - one;
        if (probability < 1e-13) continue;
        Object.assign(machine, before, {cregs: structuredClone(before.cregs)});
        machine.resetQubit(step.wires[0], value);
        if (step.name === "measure") machine.setCregBit(step.bit.name, step.bit.bit, value);
        else if (value === 1) machine.applyTransform(machine.basicGates.x.matrix, step.wires);
        histories.push({at: at + 1, weight: weight * probability, state: machine.state, stateBits: machine.stateBits,
          cregs: machine.cregs});
      }
      break;
    }
    if (at >= last) finish(weight);
  }
  return found;
}

// What the package says by itself, with dice: the shares of some runs.
function uncorrected(text, runs) {
  const circuit = new QuantumCircuit();
  circuit.importQASM(text);
  const found = {};
  for (let i = 0; i < runs; ++i) {
    circuit.run();
    const bits = Object.values(circuit.cregs).map((each) => [...each].reverse().join("")).reverse().join("");
    found[bits] = (found[bits] || 0) + 1 / runs;
  }
  return found;
}

module.exports = {outcomes, uncorrected, corrections};
