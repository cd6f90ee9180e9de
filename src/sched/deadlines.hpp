#pragma once

#include <map>
#include <vector>

#include "sched/plan.hpp"

/// Jobs with a deadline. One is *near* while its latest start (its deadline less its wall limit) is ahead, and by no
/// more than the policy's `deadline_margin`: then it comes first in its class, those with the least time left first
/// (least laxity, A. K. Mok, 1983). Of other classes it passes only those whom the first of its own passes. Once its
/// latest start is gone it has its usual place again: what cannot be had should cost the others nothing.
namespace mingyue::sched {

/// Of a job that has a deadline.
[[nodiscard]] inline Instant latest_start(const WaitingView& job) { return *job.spec->deadline - job.wall; }
[[nodiscard]] bool near_its_deadline(const WaitingView& job, Instant now, Duration margin);

/// Fills in the deadline terms: what is near has as much as the first of its class. Says who is near, and their latest
/// starts, by which they go among equals. `terms` are of the snapshot's waiting jobs, in their order.
[[nodiscard]] std::map<model::JobId, Instant> raise_deadlines(const Snapshot& snapshot,
                                                              std::vector<PriorityTerms>& terms);

}  // namespace mingyue::sched
