# Fits the equation of state: reads "lattice constant in Å, energy in Ry" of a cubic cell.
#
# Birch and Murnaghan's energy is a polynomial in x = V^(-2/3); with four points we take the square (five and more would
# bear the cube) and solve the normal equations of u = x/x0 - 1. At the minimum, with dx/dV = -2/3 V^(-5/3):
#
#     V0 = x^(-3/2),    B0 = V d2E/dV2 = 4/9 V^(-7/3) d2E/dx2
{ x[NR] = ($1 ^ 3) ^ (-2 / 3); y[NR] = $2 * 13.605693 - shift; if (NR == 1) { shift = y[1]; y[1] = 0 } mean += x[NR] }
END {
    if (NR < 4) { print "four energies are needed" > "/dev/stderr"; exit 1 }
    mean /= NR
    for (i = 1; i <= NR; i++) for (r = 0; r < 3; r++) {
        u = x[i] / mean - 1
        for (c = 0; c < 3; c++) m[r, c] += u ^ (r + c)
        m[r, 3] += y[i] * u ^ r
    }
    for (p = 0; p < 3; p++) for (r = 0; r < 3; r++) if (r != p) {
        factor = m[r, p] / m[p, p]
        for (c = p; c <= 3; c++) m[r, c] -= factor * m[p, c]
    }
    slope = m[1, 3] / m[1, 1]; curve = m[2, 3] / m[2, 2]
    best = mean * (1 - slope / (2 * curve)); volume = best ^ (-3 / 2)
    printf "{\n  \"a0\": %.4f,\n  \"b0\": %.1f\n}\n", volume ^ (1 / 3), \
           4 / 9 * volume ^ (-7 / 3) * 2 * curve / mean ^ 2 * 160.21766
}
