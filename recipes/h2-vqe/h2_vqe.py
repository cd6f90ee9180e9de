"""The energy of the hydrogen molecule, found by a quantum device and a classical optimiser in turns.

The Hamiltonian of each bond length is derived here (hydrogen.py, jordan_wigner.py). The circuit turns the
Hartree-Fock state, both electrons in the lower orbital, by an angle towards the one with both in the upper orbital.
The device measures the energy, the program looks for the angle at which it is lowest.

Every energy is A + B cos(theta) + C sin(theta), so three angles a third of a turn apart say where the minimum is. One
request asks for all bond lengths at once: three sets of parameters, and a sum of Pauli strings for each bond length.
A second one measures the energies at the angles found.
"""

import json
import math
import os

import hydrogen
import jordan_wigner
import mingyue_qpu

EQUILIBRIUM = 0.735
DISTANCES = [0.4, 0.5, 0.6, 0.7, EQUILIBRIUM, 0.8, 0.9, 1.0, 1.2, 1.5, 1.8, 2.2, 2.6, 3.0, 6.0]  # angstrom

# Qubits 0 and 1 are the spin-up electron in the lower and the upper orbital, 2 and 3 the spin-down one.
ANSATZ = """OPENQASM 3;
include "stdgates.inc";
input float theta;
qubit[4] q;
x q[0];
x q[2];
ry(theta) q[1];
cx q[1], q[0];
cx q[1], q[2];
cx q[1], q[3];
"""


def lowest_angle(energies):
    """Where A + B cos + C sin is lowest, from its values at 0, 1/3 and 2/3 of a turn."""
    angles = [math.tau * k / 3 for k in range(3)]
    b = sum(e * math.cos(a) for e, a in zip(energies, angles))
    c = sum(e * math.sin(a) for e, a in zip(energies, angles))
    return math.atan2(-c, -b)


def main():
    qpu = mingyue_qpu.connect()
    molecules = [hydrogen.Molecule(r / hydrogen.BOHR_IN_ANGSTROM) for r in DISTANCES]
    sums = [jordan_wigner.hamiltonian(m.nuclei, m.one, m.two) for m in molecules]

    thirds = [[math.tau * k / 3] for k in range(3)]
    samples = qpu.expectations(ANSATZ, sums, thirds)
    angles = [lowest_angle(energies) for energies in zip(*samples)]

    # The angle 0 is the Hartree-Fock state: the device confirms what it has been told.
    circuits = [mingyue_qpu.Circuit(ANSATZ, [[angle], [0.0]], [total]) for angle, total in zip(angles, sums)]
    lowest = qpu.run(circuits, shots=0)
    found = [[outcome.expectations[0] for outcome in circuit.outcomes] for circuit in lowest.circuits]

    with open("curve.csv", "w") as table:
        table.write("angstrom,angle,vqe,hartree_fock,exact\n")
        for r, angle, (energy, unturned), molecule in zip(DISTANCES, angles, found, molecules):
            table.write(f"{r},{angle:.9f},{energy:.9f},{unturned:.9f},{molecule.exact:.9f}\n")

    energy, unturned = found[DISTANCES.index(EQUILIBRIUM)]
    result = {
        "energy": energy,
        "hartree_fock": unturned,
        "curve_error": max(abs(energy - m.exact) for (energy, _), m in zip(found, molecules)),
        "apart": found[-1][0],
        "terms": len(sums[0]),
    }
    with open("result.new", "w") as file:
        json.dump({name: round(value, 10) for name, value in result.items()}, file, indent=2)
    os.replace("result.new", "result.json")


if __name__ == "__main__":
    main()
