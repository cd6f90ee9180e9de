"""The largest cut of a graph, by the quantum approximate optimisation algorithm of depth one.

The graph is Petersen's: ten vertices, each with three edges, and no triangles. For such graphs the best angles and
the share of edges that is cut on average are known in closed form. The program does not use that: it looks for the
angles with the device, then draws cuts there and keeps the best.

Farhi, Goldstone, Gutmann, arXiv:1411.4028.
"""

import json
import math
import os

import mingyue_qpu

VERTICES = 10
EDGES = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0),  # the outer pentagon
         (0, 5), (1, 6), (2, 7), (3, 8), (4, 9),  # the spokes
         (5, 7), (7, 9), (9, 6), (6, 8), (8, 5)]  # the star within

SHOTS, SEED = 1000, 1411
GRID = 8  # points of each angle in the first look
STEP = 0.02  # radians, of the differences
SETTLED = 1e-10

HEADER = f"""OPENQASM 3;
include "stdgates.inc";
input float gamma;
input float beta;
qubit[{VERTICES}] q;
h q;
{"".join(f"cx q[{a}], q[{b}]; rz(-gamma) q[{b}]; cx q[{a}], q[{b}];{chr(10)}" for a, b in EDGES)}rx(2 * beta) q;
"""


def cut_sum():
    """The number of edges whose ends differ: a sum of (1 - ZZ)/2."""
    terms = {"": len(EDGES) / 2}
    for a, b in EDGES:
        terms["".join("Z" if k in (a, b) else "I" for k in range(max(a, b) + 1))] = -0.5
    return terms


def best_angles(cuts_at):
    """Where cuts_at, which takes many points at once, is largest: a grid, then Newton's method with differences."""
    # gamma repeats after 2 pi, beta after pi/2, and to change both signs changes nothing.
    points = [(math.pi * (k + 0.5) / GRID, math.pi / 2 * (l + 0.5) / GRID) for k in range(GRID) for l in range(GRID)]
    found = [round(value, 9) for value in cuts_at(points)]  # of equal ones the first, whatever the last digits are
    best = points[found.index(max(found))]
    steps = 0
    while True:
        x, y = best
        around = [(x + i * STEP, y + j * STEP) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        f = dict(zip([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], cuts_at(around)))
        slope_x, slope_y = (f[1, 0] - f[-1, 0]) / (2 * STEP), (f[0, 1] - f[0, -1]) / (2 * STEP)
        xx = (f[1, 0] - 2 * f[0, 0] + f[-1, 0]) / STEP**2
        yy = (f[0, 1] - 2 * f[0, 0] + f[0, -1]) / STEP**2
        xy = (f[1, 1] - f[1, -1] - f[-1, 1] + f[-1, -1]) / (4 * STEP**2)
        determinant = xx * yy - xy * xy
        if xx >= 0 or determinant <= 0:
            raise ArithmeticError(f"at {best} the cut is not near its largest: a finer grid is needed")
        move = (xy * slope_y - yy * slope_x) / determinant, (xy * slope_x - xx * slope_y) / determinant
        best = x + move[0], y + move[1]
        steps += 1
        if slope_x * move[0] + slope_y * move[1] < SETTLED or steps == 20:
            return best


def main():
    qpu = mingyue_qpu.connect()
    cuts = cut_sum()

    def cuts_at(points):
        return [value for (value,) in qpu.expectations(HEADER, [cuts], points)]

    gamma, beta = best_angles(cuts_at)
    (mean,) = cuts_at([(gamma, beta)])

    measured = f"{HEADER}bit[{VERTICES}] c;\nc = measure q;\n"
    drawn = qpu.run(mingyue_qpu.Circuit(measured, [[gamma, beta]]), SHOTS, seed=SEED).counts
    sizes = {bits: sum(bits[-1 - a] != bits[-1 - b] for a, b in EDGES) for bits in drawn}
    largest = max(sizes.values())

    result = {
        "cut_share": mean / len(EDGES),
        "cut_share_drawn": sum(sizes[bits] * count for bits, count in drawn.items()) / SHOTS / len(EDGES),
        "largest_cut": largest,
        "gamma": gamma,
        "beta": beta,
    }
    with open("result.new", "w") as file:
        json.dump({name: round(value, 9) for name, value in result.items()}, file, indent=2)
    os.replace("result.new", "result.json")


if __name__ == "__main__":
    main()
