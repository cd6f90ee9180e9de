"""Molecules in the basis STO-3G: integrals over Gaussians by the scheme of McMurchie and Davidson, and the closed-shell
Hartree-Fock state. In atomic units, in plain Python: a dozen orbitals are what it is for.

An orbital of the basis is a sum of three Gaussians x^i y^j z^k exp(-a r^2) about its atom. The product of two of them
is expanded in Hermite Gaussians, derivatives of one Gaussian by its centre, and those have closed integrals.

McMurchie, Davidson, J. Comput. Phys. 26, 218 (1978); Helgaker, Jorgensen, Olsen, Molecular Electronic-Structure
Theory (2000), chapter 9.
"""

import math

BOHR_IN_ANGSTROM = 0.52917721092  # CODATA 2010, as the published energies of this recipe have it

# STO-3G: Hehre, Stewart, Pople, J. Chem. Phys. 51, 2657 (1969); digits as the Basis Set Exchange gives them
# (recalled, and confirmed by the energies). For each shell: exponents, coefficients of s, those of p or nothing.
_FIRST = (0.1543289673, 0.5353281423, 0.4446345422)
_SECOND_S = (-0.09996722919, 0.3995128261, 0.7001154689)
_SECOND_P = (0.1559162750, 0.6076837186, 0.3919573931)
SHELLS = {
    "H": [((3.425250914, 0.6239137298, 0.1688554040), _FIRST, None)],
    "Li": [((16.11957475, 2.936200663, 0.7946504870), _FIRST, None),
           ((0.6362897469, 0.1478600533, 0.0480886784), _SECOND_S, _SECOND_P)],
}
CHARGE = {"H": 1, "Li": 3}


class Orbital:
    """One contracted Gaussian, normalised."""

    def __init__(self, centre, powers, exponents, coefficients):
        self.centre, self.powers = centre, powers
        order = sum(powers)  # 0 or 1: the double factorials of the norm are 1
        self.primitives = [(a, c * (2 * a / math.pi) ** 0.75 * (4 * a) ** (order / 2))
                           for a, c in zip(exponents, coefficients)]
        norm = math.sqrt(_overlap(_Pair(self, self)))
        self.primitives = [(a, c / norm) for a, c in self.primitives]


def basis_of(atoms):
    """Orbitals of atoms [(symbol, (x, y, z))]: of each shell s, then p along x, y and z."""
    orbitals = []
    for symbol, centre in atoms:
        for exponents, s, p in SHELLS[symbol]:
            orbitals.append(Orbital(centre, (0, 0, 0), exponents, s))
            if p:
                orbitals += [Orbital(centre, powers, exponents, p) for powers in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    return orbitals


# --- integrals --------------------------------------------------------------------------------------------------------


def _hermite(i, j, distance, a, b):
    """How x^i about A times x^j about B, with their Gaussians, divides into Hermite Gaussians of order 0 to i + j."""
    p = a + b
    if i == j == 0:
        return [math.exp(-a * b / p * distance**2)]
    if i > 0:
        lower, shift = _hermite(i - 1, j, distance, a, b), -b / p * distance
    else:
        lower, shift = _hermite(i, j - 1, distance, a, b), a / p * distance
    at = lambda t: lower[t] if 0 <= t < len(lower) else 0.0
    return [at(t - 1) / (2 * p) + shift * at(t) + (t + 1) * at(t + 1) for t in range(i + j + 1)]


class _Pair:
    """The product of two orbitals: for each pair of primitives exponent, centre, and weights of Hermite Gaussians."""

    def __init__(self, left, right):
        self.left, self.right = left, right
        self.parts = []
        for a, c in left.primitives:
            for b, d in right.primitives:
                p = a + b
                centre = tuple((a * x + b * y) / p for x, y in zip(left.centre, right.centre))
                by_axis = [_hermite(left.powers[axis], right.powers[axis], left.centre[axis] - right.centre[axis], a, b)
                           for axis in range(3)]
                weights = [((t, u, v), c * d * x * y * z) for t, x in enumerate(by_axis[0]) if x
                           for u, y in enumerate(by_axis[1]) if y for v, z in enumerate(by_axis[2]) if z]
                self.parts.append((p, centre, weights))


def _overlap(pair):
    return sum(weight * (math.pi / p) ** 1.5
               for p, _, weights in pair.parts for order, weight in weights if order == (0, 0, 0))


def _kinetic(left, right):
    """-1/2 of the overlap with the second derivatives of the right orbital, axis by axis."""
    total = 0.0
    for a, c in left.primitives:
        for b, d in right.primitives:
            p, plain, bent = a + b, [], []
            for axis in range(3):
                i, j = left.powers[axis], right.powers[axis]
                apart = left.centre[axis] - right.centre[axis]
                s = lambda k: _hermite(i, k, apart, a, b)[0] * math.sqrt(math.pi / p) if k >= 0 else 0.0
                plain.append(s(j))
                bent.append(-2 * b * b * s(j + 2) + b * (2 * j + 1) * s(j) - j * (j - 1) / 2 * s(j - 2))
            x, y, z = ((bent[axis], plain[axis - 1], plain[axis - 2]) for axis in range(3))
            total += c * d * (math.prod(x) + math.prod(y) + math.prod(z))
    return total


def _boys(order, x):
    """The integrals of t^2n exp(-x t^2) over t from 0 to 1, for n from 0 to `order`."""
    tail = math.exp(-x)
    if x > 35:  # what is missing to infinity is below 1e-16
        out = [math.sqrt(math.pi / x) / 2]
        for n in range(order):
            out.append(((2 * n + 1) * out[n] - tail) / (2 * x))
        return out
    term = total = 1 / (2 * order + 1)
    k = order
    while term > 1e-17 * total:
        k += 1
        term *= 2 * x / (2 * k + 1)
        total += term
    out = [total * tail]
    for n in range(order, 0, -1):
        out.append((2 * x * out[-1] + tail) / (2 * n - 1))
    return out[::-1]


def _coulomb_table(order, p, x, y, z):
    """The derivatives of the Coulomb potential of a Gaussian, {(t, u, v): value} for t + u + v up to `order`."""
    boys = _boys(order, p * (x * x + y * y + z * z))
    levels = [{(0, 0, 0): (-2 * p) ** n * value} for n, value in enumerate(boys)]
    for total in range(1, order + 1):
        for n in range(order - total + 1):
            above, out = levels[n + 1], levels[n]
            for t in range(total + 1):
                for u in range(total - t + 1):
                    v = total - t - u
                    if v:
                        out[t, u, v] = z * above[t, u, v - 1] + ((v - 1) * above[t, u, v - 2] if v > 1 else 0)
                    elif u:
                        out[t, u, v] = y * above[t, u - 1, v] + ((u - 1) * above[t, u - 2, v] if u > 1 else 0)
                    else:
                        out[t, u, v] = x * above[t - 1, u, v] + ((t - 1) * above[t - 2, u, v] if t > 1 else 0)
    return levels[0]


def _attraction(pair, atoms):
    order = sum(pair.left.powers) + sum(pair.right.powers)
    total = 0.0
    for p, centre, weights in pair.parts:
        for symbol, place in atoms:
            table = _coulomb_table(order, p, *(a - b for a, b in zip(centre, place)))
            total -= CHARGE[symbol] * 2 * math.pi / p * sum(weight * table[tuv] for tuv, weight in weights)
    return total


def _repulsion(one, two):
    order = sum(sum(o.powers) for o in (one.left, one.right, two.left, two.right))
    total = 0.0
    for p, at, weights in one.parts:
        for q, other, other_weights in two.parts:
            table = _coulomb_table(order, p * q / (p + q), at[0] - other[0], at[1] - other[1], at[2] - other[2])
            inner = 0.0
            for (t, u, v), weight in weights:
                for (i, j, k), factor in other_weights:
                    value = weight * factor * table[t + i, u + j, v + k]
                    inner += -value if (i + j + k) & 1 else value
            total += 2 * math.pi**2.5 / (p * q * math.sqrt(p + q)) * inner
    return total


def integrals(atoms):
    """Overlap, one-electron and two-electron integrals over the basis; the energy of the nuclei among themselves."""
    orbitals = basis_of(atoms)
    n = len(orbitals)
    pairs = {(i, j): _Pair(orbitals[i], orbitals[j]) for i in range(n) for j in range(i + 1)}
    overlap, core = _square(n), _square(n)
    for (i, j), pair in pairs.items():
        overlap[i][j] = overlap[j][i] = _overlap(pair)
        core[i][j] = core[j][i] = _kinetic(orbitals[i], orbitals[j]) + _attraction(pair, atoms)
    two = [[_square(n) for _ in range(n)] for _ in range(n)]
    for (i, j), bra in pairs.items():
        for (k, l), ket in pairs.items():
            if (i, j) < (k, l):
                continue
            odd = [sum(orbitals[o].powers[axis] for o in (i, j, k, l)) % 2 for axis in (0, 1)]
            straight = all(centre[axis] == 0 for _, centre in atoms for axis in (0, 1))
            value = 0.0 if straight and any(odd) else _repulsion(bra, ket)  # mirrored into its negative: 0
            for a, b in ((i, j), (j, i)):
                for c, d in ((k, l), (l, k)):
                    two[a][b][c][d] = two[c][d][a][b] = value
    nuclei = sum(CHARGE[s] * CHARGE[t] / math.dist(a, b) for n, (s, a) in enumerate(atoms) for t, b in atoms[:n])
    return overlap, core, two, nuclei


# --- Hartree-Fock -----------------------------------------------------------------------------------------------------


def _square(n):
    return [[0.0] * n for _ in range(n)]


def _times(a, b):
    columns = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) for column in columns] for row in a]


def _turned(a):
    return [list(column) for column in zip(*a)]


def eigen(matrix):
    """Eigenvalues, ascending, and eigenvectors as columns, of a symmetric matrix: Jacobi's rotations."""
    n = len(matrix)
    a, vectors = [row[:] for row in matrix], [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(100):
        if max((abs(a[i][j]) for i in range(n) for j in range(i)), default=0) < 1e-14:
            break
        for p in range(n):
            for q in range(p + 1, n):
                if abs(a[p][q]) < 1e-16:
                    continue
                angle = 0.5 * math.atan2(2 * a[p][q], a[q][q] - a[p][p])
                c, s = math.cos(angle), math.sin(angle)
                for row in a:
                    row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
                a[p], a[q] = [c * x - s * y for x, y in zip(a[p], a[q])], [s * x + c * y for x, y in zip(a[p], a[q])]
                for row in vectors:
                    row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    order = sorted(range(n), key=lambda i: a[i][i])
    return [a[i][i] for i in order], [[row[i] for i in order] for row in vectors]


class HartreeFock:
    """The closed-shell state of `electrons`: `energy` in all, `orbitals` as columns over the basis, and the integrals
    `one` and `two` over those orbitals. `mirror` says of each orbital whether it changes sign with x, and with y."""

    def __init__(self, atoms, electrons):
        overlap, core, two, self.nuclei = integrals(atoms)
        n, pairs = len(overlap), electrons // 2
        values, vectors = eigen(overlap)
        root = _times([[v / math.sqrt(e) for v, e in zip(row, values)] for row in vectors], _turned(vectors))
        fock, energy = core, math.inf
        for _ in range(200):
            self.energies, turned = eigen(_times(_times(root, fock), root))
            orbitals = _times(root, turned)
            density = [[2 * sum(a * b for a, b in zip(p[:pairs], q[:pairs])) for q in orbitals] for p in orbitals]
            fock = [[core[p][q] + sum(density[r][s] * (two[p][q][r][s] - two[p][r][q][s] / 2)
                                      for r in range(n) for s in range(n)) for q in range(n)] for p in range(n)]
            before, energy = energy, self.nuclei + sum(
                density[p][q] * (core[p][q] + fock[p][q]) / 2 for p in range(n) for q in range(n))
            if abs(energy - before) < 1e-13:
                break
        else:
            raise ArithmeticError("Hartree-Fock did not settle in 200 rounds")
        self.energy, self.orbitals = energy, orbitals
        self.one = _times(_times(_turned(orbitals), core), orbitals)
        self.two = _over(orbitals, two)
        powers = [orbital.powers for orbital in basis_of(atoms)]
        largest = [max(range(n), key=lambda p: abs(orbitals[p][m])) for m in range(n)]
        self.mirror = [tuple(powers[p][:2]) for p in largest]


def _over(orbitals, two):
    """(pq|rs) over the orbitals, one index at a time."""
    n = len(two)
    for _ in range(4):  # turns the first index and puts it last; after four the order is the old one
        two = [[[[sum(orbitals[p][m] * two[p][q][r][s] for p in range(n)) for m in range(n)] for s in range(n)]
                for r in range(n)] for q in range(n)]
    return two
