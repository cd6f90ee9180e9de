"""The hydrogen molecule in STO-3G, in closed form: integrals over s Gaussians, orbitals by symmetry. Atomic units.

Szabo, Ostlund, Modern Quantum Chemistry (1989), appendix A, has the four integrals.
"""

import math

BOHR_IN_ANGSTROM = 0.52917721092  # CODATA 2010, as the published energy has it

# Hehre, Stewart, Pople, J. Chem. Phys. 51, 2657 (1969); digits as the Basis Set Exchange gives them (recalled, and
# confirmed by the energy). Each primitive is normalised; so is their sum, to six digits, and _norm does the rest.
PRIMITIVES = [(a, c * (2 * a / math.pi) ** 0.75) for a, c in
              ((3.425250914, 0.1543289673), (0.6239137298, 0.5353281423), (0.1688554040, 0.4446345422))]


def _f0(x):
    """The integral of exp(-x t^2) over t from 0 to 1."""
    return 1 - x / 3 if x < 1e-10 else math.sqrt(math.pi / x) / 2 * math.erf(math.sqrt(x))


def _pairs(at, other):
    """The products of the primitives at two places on the axis: exponents, factor, sum, reduced exponent, centre."""
    for a, c in PRIMITIVES:
        for b, d in PRIMITIVES:
            p, reduced = a + b, a * b / (a + b)
            yield a, b, c * d * math.exp(-reduced * (at - other) ** 2), p, reduced, (a * at + b * other) / p


_norm = 1 / sum(factor * (math.pi / p) ** 1.5 for _, _, factor, p, _, _ in _pairs(0, 0))


def overlap(at, other):
    return _norm * sum(factor * (math.pi / p) ** 1.5 for _, _, factor, p, _, _ in _pairs(at, other))


def kinetic(at, other):
    return _norm * sum(factor * reduced * (3 - 2 * reduced * (at - other) ** 2) * (math.pi / p) ** 1.5
                       for _, _, factor, p, reduced, _ in _pairs(at, other))


def attraction(at, other, nucleus):
    return _norm * sum(-factor * 2 * math.pi / p * _f0(p * (centre - nucleus) ** 2)
                       for _, _, factor, p, _, centre in _pairs(at, other))


def repulsion(a, b, c, d):
    """(ab|cd), in chemists' order."""
    return _norm**2 * sum(
        factor * other * 2 * math.pi**2.5 / (p * q * math.sqrt(p + q)) * _f0(p * q / (p + q) * (centre - place) ** 2)
        for _, _, factor, p, _, centre in _pairs(a, b) for _, _, other, q, _, place in _pairs(c, d))


# The energy of one hydrogen atom in this basis.
ATOM = kinetic(0, 0) + attraction(0, 0, 0)


class Molecule:
    """Two atoms `distance` bohr apart. Mirror symmetry leaves no choice of orbitals: the sum of both atoms' and their
    difference. `one` and `two` are integrals over these, as jordan_wigner.hamiltonian() takes them."""

    def __init__(self, distance):
        places = (0.0, distance)
        s = overlap(*places)
        columns = [[1 / math.sqrt(2 + 2 * s)] * 2, [1 / math.sqrt(2 - 2 * s), -1 / math.sqrt(2 - 2 * s)]]
        core = [[kinetic(a, b) + sum(attraction(a, b, nucleus) for nucleus in places) for b in places] for a in places]
        raw = {(i, j, k, l): repulsion(places[i], places[j], places[k], places[l])
               for i in (0, 1) for j in (0, 1) for k in (0, 1) for l in (0, 1)}
        self.nuclei = 1 / distance
        self.one = [[sum(p[i] * q[j] * core[i][j] for i in (0, 1) for j in (0, 1)) for q in columns] for p in columns]
        self.two = [[[[sum(p[i] * q[j] * r[k] * t[l] * value for (i, j, k, l), value in raw.items())
                       for t in columns] for r in columns] for q in columns] for p in columns]
        self._split()

    def _split(self):
        """Both electrons in the lower orbital, or both in the upper one: symmetry lets nothing else mix in, so the
        exact energy in this basis is the lower eigenvalue of a matrix of two by two."""
        low = 2 * self.one[0][0] + self.two[0][0][0][0]
        high = 2 * self.one[1][1] + self.two[1][1][1][1]
        self.hartree_fock = self.nuclei + low
        self.exact = self.nuclei + (low + high) / 2 - math.hypot((high - low) / 2, self.two[0][1][0][1])
