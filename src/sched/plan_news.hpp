#pragma once

#include <vector>

#include "sched/snapshot.hpp"

namespace mingyue::sched {

/// What has happened to jobs since the plan before.
struct PlanNews {
  std::vector<model::JobId> granted;  ///< attempts that began
  std::vector<model::JobId> ended;    ///< attempts that are over
  std::vector<model::JobId> gone;     ///< wait no longer, and did not start
  /// Wait now, or for another reason than before. What their specs are must outlive the plan.
  std::vector<WaitingView> waiting;
};

}  // namespace mingyue::sched
