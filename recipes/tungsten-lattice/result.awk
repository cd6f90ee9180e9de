{ value[$1] = $2 }
END {
    printf "{\n  \"a0\": %.5f,\n  \"cohesive\": %.5f,\n  \"vacancy\": %.4f,\n", value["a0"], value["cohesive"], value["vacancy"]
    printf "  \"a0_off_sum\": %.6f,\n  \"cohesive_off_sum\": %.6f\n}\n", \
           value["a0"] - value["sum_a0"], value["cohesive"] - value["sum_cohesive"]
}
