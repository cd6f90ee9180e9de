# The extremes of the velocity on the two centrelines: u along the vertical one, v along the horizontal one.
FNR == 1 { line++ }
line == 1 && $2 < u_min { u_min = $2; y_min = $1 }
line == 2 && $3 < v_min { v_min = $3; x_min = $1 }
line == 2 && $3 > v_max { v_max = $3; x_max = $1 }
END {
    if (line != 2) { print "two centrelines are needed" > "/dev/stderr"; exit 1 }
    printf "{\n  \"u_min\": %.5f,\n  \"u_min_at\": %.3f,\n", u_min, y_min
    printf "  \"v_min\": %.5f,\n  \"v_min_at\": %.3f,\n  \"v_max\": %.5f,\n  \"v_max_at\": %.3f\n}\n", v_min, x_min, v_max, x_max
}
