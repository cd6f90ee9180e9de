#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "sched/snapshot.hpp"

/// When a node may not be used, because it is reserved.
namespace mingyue::sched {

/// [from, to), ascending, apart.
using Closed = std::vector<std::pair<Instant, Instant>>;

/// To work of no reservation: by the node's place in the snapshot; empty as a whole if nothing is reserved.
[[nodiscard]] std::vector<Closed> closed_to_others(const Snapshot& snapshot);
/// To the reservation's own jobs: from `now` on, all but its windows.
[[nodiscard]] Closed closed_to_its_jobs(const ReservationView& reservation, Instant now);

[[nodiscard]] inline bool closed_at(const Closed& closed, Instant t) {
  return std::ranges::any_of(closed, [&](const auto& one) { return one.first <= t && t < one.second; });
}

/// `visit(from, to)` for what of [from, to) is not closed.
template <class Visit>
void each_open(const Closed& closed, Instant from, Instant to, Visit visit) {
  for (const auto& [begin, end] : closed) {
    if (end <= from) continue;
    if (begin >= to) break;
    if (from < begin) visit(from, begin);
    from = end;
  }
  if (from < to) visit(from, to);
}

}  // namespace mingyue::sched
