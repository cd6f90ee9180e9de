# Compares the losses of the interrupted run, of all its attempts, with those of the uninterrupted one, step by step.
$1 == "held_out" { held_out[FILENAME] = $2; next }
$1 == "by_frequency" { by_frequency = $2; next }
NR == FNR { loss[$2] = $3; steps = $2; next }
{
    compared++
    if ($1 > 1 && !resumed) resumed = $2
    if ($1 > attempts) attempts = $1
    off = $3 - loss[$2]; if (off < 0) off = -off
    if (!($2 in loss) || off > off_max) off_max = $2 in loss ? off : 1e9
    if ($3 != loss[$2]) differing++
    last = $2
}
END {
    if (last != steps) { print "the runs end at different steps" > "/dev/stderr"; exit 1 }
    first = held_out[ARGV[1]]; second = held_out[ARGV[2]]
    printf "{\n  \"attempts\": %d,\n  \"resumed_at_step\": %d,\n  \"steps_compared\": %d,\n  \"losses_differing\": %d,\n", \
           attempts, resumed, compared, differing
    printf "  \"loss_difference_max\": %.17g,\n  \"held_out_difference\": %.17g,\n", off_max, second - first
    printf "  \"loss_first\": %s,\n  \"loss_last\": %s,\n  \"loss_held_out\": %s,\n  \"loss_by_frequency\": %s\n}\n", \
           loss[1], loss[steps], first, by_frequency
}
