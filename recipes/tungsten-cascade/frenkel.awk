# Counts Frenkel pairs the way of Wigner and Seitz: every atom goes to the nearest site of the perfect bcc crystal; a
# site without an atom is a vacancy, every atom beyond the first on a site is an interstitial.
#
#   awk -v cells=13 -f frenkel.awk rest.dump
BEGIN { a = 3.165 }
/ITEM: BOX/ { getline; low = $1; getline; getline; next }
/ITEM: ATOMS/ { atoms = 1; next }
function wrap(i) { return (i % cells + cells) % cells }
function nearest(x) { return int(x + 0.5 + cells) - cells }
atoms {
    x = ($3 - low) / a; y = ($4 - low) / a; z = ($5 - low) / a
    i = nearest(x); j = nearest(y); k = nearest(z)                          # among the cubes' corners
    p = nearest(x - 0.5); q = nearest(y - 0.5); r = nearest(z - 0.5)        # among their centres
    corner = (x - i) ^ 2 + (y - j) ^ 2 + (z - k) ^ 2
    centre = (x - p - 0.5) ^ 2 + (y - q - 0.5) ^ 2 + (z - r - 0.5) ^ 2
    site = corner <= centre ? "corner " wrap(i) " " wrap(j) " " wrap(k) : "centre " wrap(p) " " wrap(q) " " wrap(r)
    if (!held[site]++) sites++
    count++
}
END { print "atoms", count; print "vacancies", 2 * cells ^ 3 - sites; print "interstitials", count - sites }
