"""Electrons on qubits: the Jordan-Wigner transform of a molecule's Hamiltonian, as a sum of Pauli strings.

Qubit p is the spin-up electron in orbital p, qubit n + p the spin-down one. While the work is done, an operator is a
dict {(x, z): coefficient} that stands for X on the bits of x after Z on the bits of z: products of such are one line.
"""


def _product(left, right):
    out = {}
    for (x1, z1), a in left.items():
        for (x2, z2), b in right.items():
            key = x1 ^ x2, z1 ^ z2
            sign = -1 if (z1 & x2).bit_count() & 1 else 1  # Z before X is -X before Z on each qubit that has both
            out[key] = out.get(key, 0) + sign * a * b
    return out


def _annihilate(qubit):
    """(X + iY)/2 behind Z on every qubit before it; with Y = iXZ that is (X - XZ)/2."""
    bit = 1 << qubit
    return {(bit, bit - 1): 0.5, (bit, (bit - 1) | bit): -0.5}


def _create(qubit):
    bit = 1 << qubit
    return {(bit, bit - 1): 0.5, (bit, (bit - 1) | bit): 0.5}


def hamiltonian(constant, one, two):
    """constant + sum one[p][q] p+ q + 1/2 sum two[p][q][r][s] p+ r+ s q, over orbitals and spins, as a dict from
    letters to coefficient.

    `one` holds the integrals (p|h|q) over real spatial orbitals, `two` the integrals (pq|rs) in chemists' order.
    """
    n = len(one)
    total = {(0, 0): constant}

    def add(operator, factor):
        for key, coefficient in operator.items():
            total[key] = total.get(key, 0) + factor * coefficient

    # p+ q on one spin, by its two qubits. The two-body part is the product of two such, less what q+ p leaves over:
    # p+ r+ s q = (p+ q)(r+ s) - [q = r] p+ s, with spins.
    moves = {(p, q): _product(_create(p), _annihilate(q))
             for spin in (0, n) for p in range(spin, spin + n) for q in range(spin, spin + n)}
    for spin in (0, n):
        for p in range(n):
            for q in range(n):
                swapped = sum(two[p][r][r][q] for r in range(n)) / 2
                if abs(one[p][q] - swapped) > 1e-14:
                    add(moves[spin + p, spin + q], one[p][q] - swapped)
    for p in range(n):
        for q in range(n):
            for r in range(n):
                for s in range(n):
                    if abs(two[p][q][r][s]) < 1e-14:
                        continue
                    for spin in (0, n):
                        for other in (0, n):
                            pair = _product(moves[spin + p, spin + q], moves[other + r, other + s])
                            add(pair, two[p][q][r][s] / 2)
    return _letters(total, 2 * n)


def _letters(operator, qubits):
    out = {}
    for (x, z), coefficient in sorted(operator.items()):
        letters = "".join("IXZY"[(x >> q & 1) + 2 * (z >> q & 1)] for q in range(qubits))
        value = coefficient * (-1j) ** (x & z).bit_count()  # XZ = -iY
        if abs(value.imag) > 1e-10:
            raise ArithmeticError(f"{letters} has the coefficient {value}: the integrals are of no Hermitian operator")
        if abs(value.real) > 1e-12:
            out[letters] = value.real
    return out
