"""The energy of lithium hydride on twelve qubits, by a circuit that grows where the energy falls most.

The Hamiltonian is derived here (molecule.py, jordan_wigner.py). The circuit begins with the Hartree-Fock state and is
made of excitations: each turns one or two electrons from filled orbitals towards empty ones by an angle. In each
round the device tries every excitation at the end of the circuit, the best one stays, and then all angles are tuned
one after the other.

An excitation turns a part of the state within a plane, so as a function of its angle the energy has the frequencies
0, 1 and 2 and nothing else: five values, equally spaced, say where it is lowest, without gradients and without
getting stuck.

Yordanov et al., Communications Physics 4, 228 (2021): circuits of qubit excitations, grown step by step. Jaeger et al.,
arXiv:2409.05939: five values for each angle.
"""

import itertools
import json
import math
import os
import time

import jordan_wigner
import mingyue_qpu
import molecule

DISTANCE = 1.548  # angstrom, of the published reference
ELECTRONS = 4
WORTH_IT = 5e-6  # hartree: a round that gains less is the last
SETTLED = 1e-7  # hartree: so is a tuning of all angles
ROUNDS_MAX = 40

TURNS = [math.tau * k / 5 for k in range(5)]  # the first is none: that energy is known already

# `one` turns |10> towards |01>, `two` turns |1100> towards |0011>; all other states stay. The gates around the rotation
# bring the two states to a difference in one qubit.
HEADER = """OPENQASM 3;
include "stdgates.inc";
gate one(theta) i, a { cx a, i; cry(2 * theta) i, a; cx a, i; }
gate two(theta) i, j, a, b {
  cx i, j; cx a, b; cx a, i;
  ctrl @ negctrl @ negctrl @ ry(2 * theta) i, j, b, a;
  cx a, i; cx a, b; cx i, j;
}
"""


def excitations(hf):
    """All that turn one or two electrons, keep spin, and keep the symmetry of the molecule about its axis: no other
    can lower the energy. Tuples of qubits, the filled ones first."""
    n, filled = len(hf.one), ELECTRONS // 2
    below = [spin + p for spin in (0, n) for p in range(filled)]
    above = [spin + p for spin in (0, n) for p in range(filled, n)]

    def allowed(source, target):
        spins = sum(q >= n for q in source) == sum(q >= n for q in target)
        mirrors = [sum(hf.mirror[q % n][axis] for q in source + target) % 2 for axis in (0, 1)]
        return spins and not any(mirrors)

    return [source + target for size in (1, 2) for source in itertools.combinations(below, size)
            for target in itertools.combinations(above, size) if allowed(source, target)]


class Ansatz:
    """A circuit of excitations, its angles bound late, and the energies that a device measures for it."""

    def __init__(self, qpu, hf):
        self._qpu, self._n = qpu, len(hf.one)
        self._hamiltonian = jordan_wigner.hamiltonian(hf.nuclei, hf.one, hf.two)
        self.excitations, self.angles = [], []

    def _circuit(self, excitations, sets):
        lines = [f"input float t{k};" for k in range(len(excitations))]
        lines.append(f"qubit[{2 * self._n}] q;")
        lines += [f"x q[{spin + p}];" for spin in (0, self._n) for p in range(ELECTRONS // 2)]
        for k, qubits in enumerate(excitations):
            name = "one" if len(qubits) == 2 else "two"
            lines.append(f"{name}(t{k}) {', '.join(f'q[{q}]' for q in qubits)};")
        return mingyue_qpu.Circuit(HEADER + "\n".join(lines), sets, [self._hamiltonian])

    def _energies(self, circuits):
        result = self._qpu.run(circuits, shots=0)
        return [[outcome.expectations[0] for outcome in circuit.outcomes] for circuit in result.circuits]

    def energy(self):
        return self._energies([self._circuit(self.excitations, [self.angles] if self.angles else [])])[0][0]

    def best_of(self, pool, energy):
        """The excitation that would lower the energy most at the end of the circuit, its angle, and the energy then.
        One request."""
        sets = [self.angles + [turn] for turn in TURNS[1:]]
        found = self._energies([self._circuit(self.excitations + [candidate], sets) for candidate in pool])
        lowest = [lowest_turn([energy, *turned]) for turned in found]
        # Mirror images differ by rounding alone: of those the first.
        best = min(range(len(pool)), key=lambda k: (round(lowest[k][1], 9), k))
        return pool[best], *lowest[best]

    def tune(self, energy):
        """Every angle to where the energy is lowest, over and over, until that gains nothing."""
        while True:
            before = energy
            for k, angle in enumerate(self.angles):
                sets = [self.angles[:k] + [angle + turn] + self.angles[k + 1:] for turn in TURNS[1:]]
                turn, energy = lowest_turn([energy, *self._energies([self._circuit(self.excitations, sets)])[0]])
                self.angles[k] = math.remainder(angle + turn, math.tau)
            if before - energy < SETTLED:
                return energy


def lowest_turn(energies):
    """Where c + a1 cos x + b1 sin x + a2 cos 2x + b2 sin 2x is lowest, and how low, from its values at TURNS."""
    c = sum(energies) / 5
    a1, a2 = (sum(e * math.cos(n * x) for e, x in zip(energies, TURNS)) * 0.4 for n in (1, 2))
    b1, b2 = (sum(e * math.sin(n * x) for e, x in zip(energies, TURNS)) * 0.4 for n in (1, 2))

    def value(x):
        return c + a1 * math.cos(x) + b1 * math.sin(x) + a2 * math.cos(2 * x) + b2 * math.sin(2 * x)

    x = min((math.tau * k / 200 for k in range(200)), key=value)
    for _ in range(20):
        slope = -a1 * math.sin(x) + b1 * math.cos(x) - 2 * a2 * math.sin(2 * x) + 2 * b2 * math.cos(2 * x)
        bend = -a1 * math.cos(x) - b1 * math.sin(x) - 4 * a2 * math.cos(2 * x) - 4 * b2 * math.sin(2 * x)
        if bend <= 0 or abs(slope) < 1e-13:
            break
        x -= slope / bend
    return x, value(x)


def main():
    started = time.monotonic()
    atoms = [("Li", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, DISTANCE / molecule.BOHR_IN_ANGSTROM))]
    hf = molecule.HartreeFock(atoms, ELECTRONS)
    pool = excitations(hf)
    ansatz = Ansatz(mingyue_qpu.connect(), hf)
    energy = unturned = ansatz.energy()
    print(f"Hartree-Fock {unturned:.9f} Ha, {len(pool)} excitations to choose from")
    for round_ in range(1, ROUNDS_MAX + 1):
        chosen, angle, promised = ansatz.best_of(pool, energy)
        if energy - promised < WORTH_IT:
            break
        ansatz.excitations.append(chosen)
        ansatz.angles.append(angle)
        energy = ansatz.tune(promised)
        print(f"{round_:2d}: {energy:.9f} Ha with {chosen}, after {time.monotonic() - started:.1f} s", flush=True)
    result = {"energy": ansatz.energy(), "hartree_fock": unturned, "excitations": len(ansatz.excitations)}
    with open("result.new", "w") as file:
        json.dump({name: round(value, 9) for name, value in result.items()}, file, indent=2)
    os.replace("result.new", "result.json")


if __name__ == "__main__":
    main()
