#pragma once

#include <string>
#include <vector>

#include "base/language.hpp"
#include "sched/plan.hpp"

/// "At 11:05 with 14 tasks instead of 16": what its user could change so that a waiting job starts sooner. Each answer
/// is found by trying, behind all that goes before the job in the order. For one job, when somebody asks: the plan
/// itself (sched/plan.hpp) says only what it can say of everybody.
namespace mingyue::sched {

struct Sooner {
  ChangeCode code = ChangeCode::none;  ///< fewer_tasks, shorter_wall or other_partition
  std::string to;                      ///< tasks; a wall limit; the partition's name
  std::string instead_of;
  Instant start;  ///< the promise that it would have; the snapshot's now: it would start at once
  friend bool operator==(const Sooner&, const Sooner&) = default;
};

/// What is least of a change comes first. Of each kind at most two: the smallest change that halves the wait, and the
/// smallest that lets it start now. Empty for a job that does not wait for room, or that would start now anyway. That a
/// job may be preempted changes nothing in when it starts, so that is not among them.
///
/// Counted, as the plan of a large partition is (sched/partition_line.hpp). Cost: that of a plan of the jobs before it,
/// in each partition in which it fits, and some forty looks for one place more.
[[nodiscard]] std::vector<Sooner> what_would_help(const Snapshot& snapshot, model::JobId job);

/// "with 14 tasks instead of 16".
[[nodiscard]] std::string sentence(const Sooner& sooner, Language language);

}  // namespace mingyue::sched
