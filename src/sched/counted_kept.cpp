#include <algorithm>

#include "sched/counted_plan.hpp"
#include "sched/room.hpp"

/// A counted plan goes on from event to event.
namespace mingyue::sched {

bool CountedPlan::goes_on() {
  const Instant now = context_.snapshot.now;
  if (const auto end = line_.next_end(); end && *end <= now) return false;
  return std::ranges::none_of(
      nodes_, [&](const NodeFacts& node) { return node.closed != nullptr && closed_at(*node.closed, now); });
}

void CountedPlan::arrive(const Candidate& candidate) {
  line_.submit(candidate.job->id, candidate.line_shape, candidate.job->wall, candidate.place, floor_of(candidate));
}

void CountedPlan::leave(model::JobId job) {
  if (line_.waits(job)) line_.leave(job);
}

void CountedPlan::end(const RunningView& run, Instant at) {
  line_.end(run.attempt.job, at);
  for (const auto& [node, room] : Context::holds_on(nodes_, run)) {
    free_[static_cast<std::size_t>(node)] += room;
    if (!free_unclosed_.empty()) free_unclosed_[static_cast<std::size_t>(node)] += room;
  }
}

void CountedPlan::end(const Candidate& candidate, Instant at) {
  line_.end(candidate.job->id, at);
  take(candidate, true);
}

}  // namespace mingyue::sched
