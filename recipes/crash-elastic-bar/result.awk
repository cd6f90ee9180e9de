# Reads the wall's force over time from CalculiX's bar.dat: the plateau while the wave is under way, and the time at
# which the wave is back and the push turns into a pull (the nodes at the wall are held; a free bar would fly off).
/total force/ { time = $NF; getline; getline; force = $1
    if (time >= 8e-6 && time <= 32e-6) { sum += force; count++ }
    if (force < 0 && !back) back = time_before + (time - time_before) * force_before / (force_before - force)
    time_before = time; force_before = force
}
END {
    if (!count || !back) { print "bar.dat is not complete" > "/dev/stderr"; exit 1 }
    printf "{\n  \"force\": %.2f,\n  \"contact\": %.3f\n}\n", sum / count, back * 1e6
}
