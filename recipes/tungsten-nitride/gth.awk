# Rewrites one pseudopotential of CP2K's GTH_POTENTIALS as the text that pw.x reads from *.gth (ABINIT's pspcod 10).
#
#   awk -v element=W -v name=GTH-PBE-q14 -v charge=74 -f gth.awk /usr/share/cp2k/GTH_POTENTIALS > W.gth
#
# CP2K's entry:   element name ...           ABINIT's text:   a title
#                 electrons in s p d f                        Z, valence charge, date
#                 r_loc n C1..Cn                              pspcod, functional (11 is PBE), l_max, l_loc, ...
#                 number of projectors                        the same local part, the same projectors, and after
#                 r_l n h11 ..                                each but the first a triangle of spin-orbit terms, here zero
$1 == element && !part { for (i = 2; i <= NF; i++) if ($i == name) { part = "electrons"; next } }
part == "electrons" { for (i = 1; i <= NF; i++) valence += $i; part = "local"; next }
part == "local" { local_part = $0; part = "count"; next }
part == "count" {
    projectors = $1
    print element, name, "of CP2K's GTH_POTENTIALS"
    print charge, valence, "010101"
    largest = projectors ? projectors - 1 : 0
    print 10, 11, largest, largest, 2001, 0
    print local_part
    print projectors
    part = "projector"
    if (!projectors) exit
    next
}
part == "projector" && !rows { print; size = $2; rows = 1; if (size <= 1) finish(); next }
part == "projector" { print; if (++rows == size) finish(); next }
function finish(    i, j, line) {
    if (done++) for (i = 1; i <= size; i++) { line = ""; for (j = i; j <= size; j++) line = line " 0.0"; print line }
    rows = 0
    if (done == projectors) exit
}
