# Writes the CalculiX input: an elastic steel bar of 100 x 10 x 10 mm, 50 x 2 x 2 bricks, that flies at 5 m/s into a
# rigid wall at x = 0 (the nodes there are held). A plane wave of stress runs up the bar with c = sqrt(E/rho).
#
# Poisson's ratio is 0, so that the bar is one-dimensional and the closed form is exact.
function node(i, j, k) { return 1 + i + 51 * (j + 3 * k) }
BEGIN {
    print "*NODE, NSET=ALL"
    for (k = 0; k <= 2; k++) for (j = 0; j <= 2; j++) for (i = 0; i <= 50; i++)
        printf "%d, %.4f, %.4f, %.4f\n", node(i, j, k), 0.002 * i, 0.005 * j, 0.005 * k
    print "*ELEMENT, TYPE=C3D8R, ELSET=BAR"
    for (k = 0; k < 2; k++) for (j = 0; j < 2; j++) for (i = 0; i < 50; i++)
        printf "%d, %d, %d, %d, %d, %d, %d, %d, %d\n", ++element, node(i, j, k), node(i + 1, j, k), node(i + 1, j + 1, k), \
               node(i, j + 1, k), node(i, j, k + 1), node(i + 1, j, k + 1), node(i + 1, j + 1, k + 1), node(i, j + 1, k + 1)
    print "*NSET, NSET=WALL"
    for (k = 0; k <= 2; k++) for (j = 0; j <= 2; j++) print node(0, j, k) ","
    print "*MATERIAL, NAME=STEEL\n*ELASTIC\n210e9, 0.0\n*DENSITY\n7850."
    print "*SOLID SECTION, ELSET=BAR, MATERIAL=STEEL"
    print "*BOUNDARY\nWALL, 1, 1"
    print "*INITIAL CONDITIONS, TYPE=VELOCITY\nALL, 1, -5."
    print "*STEP, INC=100000\n*DYNAMIC, DIRECT, ALPHA=-0.05\n4.e-7, 4.8e-5"
    print "*NODE PRINT, NSET=WALL, TOTALS=ONLY\nRF\n*END STEP"
}
