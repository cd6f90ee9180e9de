#pragma once

#include <string>

#include "base/language.hpp"
#include "sched/plan.hpp"

namespace mingyue::sched {

/// Why the job waits, in one sentence without a full stop: "needs 12 cores on one node, 4 are free",
/// "1 of 3 nodes free; promised 2026-12-01T02:00:00Z", "would delay job 12 by 1h20m".
[[nodiscard]] std::string sentence(const Wait& wait, Language language = Language::en);

/// What would let it start now or sooner: "with 3 tasks it would start now". Empty if nothing is known.
[[nodiscard]] std::string advice(const Wait& wait, Language language = Language::en);

}  // namespace mingyue::sched
