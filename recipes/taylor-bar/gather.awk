# Reads every element's "key value" lines; writes the table sweep.csv, and the benchmark's figures as JSON.
FNR == 1 { runs++ }
{ value[runs, $1] = $2 }
END {
    print "speed_m_s,length_mm,radius_mm,plastic_strain_max,energy_found" > "sweep.csv"
    for (i = 1; i <= runs; i++) {
        print value[i, "speed_m_s"] "," value[i, "length_mm"] "," value[i, "radius_mm"] "," \
              value[i, "plastic_strain_max"] "," value[i, "energy_found"] > "sweep.csv"
        if (value[i, "speed_m_s"] == 227) benchmark = i
    }
    if (!benchmark) { print "no run at 227 m/s" > "/dev/stderr"; exit 1 }
    printf "{\n  \"runs\": %d,\n  \"length_mm\": %s,\n  \"radius_mm\": %s,\n  \"plastic_strain_max\": %s,\n  \"energy_found\": %s\n}\n",
           runs, value[benchmark, "length_mm"], value[benchmark, "radius_mm"], \
           value[benchmark, "plastic_strain_max"], value[benchmark, "energy_found"]
}
