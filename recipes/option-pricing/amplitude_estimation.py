"""Probabilities by iterative amplitude estimation: quadratically fewer runs than drawing samples, with no more qubits
than the model itself.

A gate `prepare` brings all zeros to a state whose last qubit reads 1 with the probability wanted, sin^2(theta). k
rounds of Grover's operator turn that to sin^2((2k + 1) theta). Read with few shots, it says theta 2k + 1 times as
well as the shots alone would, if one knows in which half-turn (2k + 1) theta lies; so k grows as the interval shrinks.

Grinko, Gacon, Zoufal, Woerner, npj Quantum Information 7, 52 (2021): algorithms 1 and 2, with their Chernoff bounds.
"""

import math


class Estimate:
    """The interval in which one probability lies, narrowed answer by answer.

    While not `done`: run with `power` rounds of Grover's operator and `shots` shots, then call learn() with how often
    the last qubit read 1. In the end the probability is within `precision` of value(), but for the chance `doubt`.
    """

    def __init__(self, precision, doubt, shots):
        self.precision, self.shots = precision, shots
        self._low, self._high = 0.0, math.pi / 2  # of theta
        rounds = math.ceil(math.log2(math.pi / (8 * precision)))
        self._log = math.log(2 * rounds / doubt)
        self.power, self._upper = 0, True
        self._ones = self._shots = 0
        self.queries = 0  # how often `prepare` and its inverse ran, in all

    @property
    def done(self):
        return self._high - self._low <= 2 * self.precision

    def value(self):
        return (math.sin(self._low) ** 2 + math.sin(self._high) ** 2) / 2

    def learn(self, ones):
        self.queries += self.shots * (2 * self.power + 1)
        self._ones, self._shots = self._ones + ones, self._shots + self.shots
        # sin^2((2k + 1) theta) = (1 - cos(K theta)) / 2
        share, blur = self._ones / self._shots, math.sqrt(self._log / (2 * self._shots))
        low, high = (math.acos(1 - 2 * min(1.0, max(0.0, share + sign * blur))) for sign in (-1, 1))
        if not self._upper:
            low, high = math.tau - high, math.tau - low
        factor = 4 * self.power + 2
        whole = math.tau * math.floor(factor * self._low / math.tau)
        self._low, self._high = max(self._low, (whole + low) / factor), min(self._high, (whole + high) / factor)
        self._grow()

    def _grow(self):
        """The largest power, at least twice the present one, for which the interval lies in one half-turn."""
        present = 4 * self.power + 2
        factor = math.floor(math.pi / (self._high - self._low))
        factor -= (factor - 2) % 4
        while factor >= 2 * present:
            low, high = (factor * edge % math.tau for edge in (self._low, self._high))
            if low <= high and (high <= math.pi or low >= math.pi):
                self.power, self._upper = (factor - 2) // 4, high <= math.pi
                self._ones = self._shots = 0
                return
            factor -= 4


def load(probabilities, qubits):
    """Statements that bring `qubits`, lowest bit first, from zeros to a state that reads i with probabilities[i]."""
    lines = []
    for at in reversed(range(len(qubits))):
        for above in range(1 << (len(qubits) - at - 1)):
            inside = [sum(probabilities[((2 * above + bit) << at):((2 * above + bit + 1) << at)]) for bit in (0, 1)]
            turn = 2 * math.atan2(math.sqrt(inside[1]), math.sqrt(inside[0]))
            lines.append(when(above, qubits[at + 1:], f"ry({turn!r})", qubits[at]))
    return lines


def when(value, qubits, gate, target):
    """The gate on `target` where `qubits`, lowest bit first, read `value`."""
    controls = "".join("ctrl @ " if value >> k & 1 else "negctrl @ " for k in range(len(qubits)))
    return f"{controls}{gate} {', '.join([*qubits, target])};"


def turn_to(probability):
    """The gate that brings a qubit from 0 to reading 1 so often."""
    return f"ry({2 * math.asin(math.sqrt(probability))!r})"


class Model:
    """A `prepare` gate, from its statements over the qubits q0, q1, ...; the last one says yes or no."""

    def __init__(self, qubits, statements):
        self._qubits = qubits
        names = ", ".join(f"q{k}" for k in range(qubits))
        rest, last = ", ".join(f"q{k}" for k in range(qubits - 1)), f"q{qubits - 1}"
        # Grover's operator: the sign of all that says yes, and then, seen from the prepared state, of all zeros.
        self._header = f"""OPENQASM 3;
include "stdgates.inc";
gate prepare {names} {{
  {chr(10).join(statements).replace(chr(10), chr(10) + "  ")}
}}
gate grover {names} {{
  z {last};
  inv @ prepare {names};
  x {last};
  negctrl({qubits - 1}) @ z {rest}, {last};
  x {last};
  prepare {names};
}}
qubit[{qubits}] q;
"""
        self._operands = ", ".join(f"q[{k}]" for k in range(qubits))

    def circuit(self, power):
        """Measures the last qubit after so many rounds."""
        rounds = f"grover {self._operands};\n" * power
        return f"{self._header}bit c;\nprepare {self._operands};\n{rounds}c = measure q[{self._qubits - 1}];\n"

    def prepared(self):
        return f"{self._header}prepare {self._operands};\n"

    def yes(self):
        """The probability itself, (1 - Z)/2 of the last qubit, for a device that can say it exactly."""
        return {"": 0.5, "I" * (self._qubits - 1) + "Z": -0.5}


def estimate(qpu, models, precision, doubt, shots, seed):
    """Estimates for several models, a batch for each round of all of them together."""
    estimates = [Estimate(precision, doubt, shots) for _ in models]
    batches = 0
    while any(not e.done for e in estimates):
        waiting = [(m, e) for m, e in zip(models, estimates) if not e.done]
        result = qpu.run([m.circuit(e.power) for m, e in waiting], shots, seed=seed + batches)
        batches += 1
        print(f"batch {batches}: {', '.join(f'{e.power} rounds' for _, e in waiting)}", flush=True)
        for (_, one), circuit in zip(waiting, result.circuits):
            one.learn(circuit.outcomes[0].counts.get("1", 0))
    return estimates
