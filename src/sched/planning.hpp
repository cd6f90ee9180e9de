#pragma once

#include <memory>
#include <vector>

#include "sched/context.hpp"
#include "sched/counted_plan.hpp"
#include "sched/queue_sorter.hpp"

namespace mingyue::sched {

/// A whole plan while it is made; and after it, all that a kept plan (sched/kept_plan.hpp) goes on from. The snapshot
/// must outlive it.
struct Planning {
  Planning(const Snapshot& snapshot, const PlanSettings& settings);
  [[nodiscard]] Plan plan();  ///< once

  Context context;
  std::vector<std::unique_ptr<CountedPlan>> counted;  ///< by section; null: it names the nodes of every promise
  QueueSorter sorter;
};

/// When time alone changes the order or what nodes are for: the next edge of a deadline or a window; or `never`.
[[nodiscard]] Instant next_turn(const Snapshot& snapshot);

}  // namespace mingyue::sched
