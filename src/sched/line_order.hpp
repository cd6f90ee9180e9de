#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "sched/pressure.hpp"

/// The key by which LinePlanner orders its line.
namespace mingyue::sched {

/// First come, first served.
[[nodiscard]] constexpr std::int64_t arrival_key(Instant submitted) { return submitted.raw(); }

/// Aged shortest first: a job stands in line as if it had come later than it did, by twice its wall limit, and more the
/// larger it is (times size to the power of 1/5), but never by more than 400,000 s. So short work goes before long work
/// that came a little earlier, and nothing is put back for ever: whoever came 400,000 s (4.6 days) later never goes
/// before.
///
/// As the order of EASY, with users' own estimates (bench/policy_lab): mean bounded slowdown on KTH-SP2, HPC2N and
/// SDSC-BLUE 44.1, 60.3 and 17.3 (with the rules for a full and an overloaded partition), where shortest-job
/// backfilling has 66.4, 83.2 and 19.6 and perfect estimates give it 48.7, 64.1 and 13.2; the 99th percentile of waits
/// is below that of plain EASY on each. That shortness and smallness in the queue's own order, with a bound on age,
/// beat better estimates, or come near them, is known since J. Lelong, V. Reis and D. Trystram, "Tuning
/// EASY-Backfilling Queues", JSSPP 2017. The three constants are the best of 126 combinations.
///
/// Who comes while the partition is full (sched/pressure.hpp) is put back by twelve hours at most: the line is then
/// nearly that of arrival. Short work that is let through at once leaves nothing to fill the holes in while a gang
/// gathers its nodes; once the machine is full, waits follow from the load and the order only says whose.
///
/// `size` in nodes, cards or cores, at least 1. Whole numbers throughout.
[[nodiscard]] std::int64_t aged_shortest_key(Instant submitted, Duration wall, std::int64_t size,
                                             Duration most = seconds(400'000));
inline constexpr Duration put_back_when_full = hours(12);

}  // namespace mingyue::sched
