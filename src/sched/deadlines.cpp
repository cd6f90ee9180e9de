#include "sched/deadlines.hpp"

#include <algorithm>

namespace mingyue::sched {

bool near_its_deadline(const WaitingView& job, Instant now, Duration margin) {
  if (!job.spec->deadline) return false;
  const Instant latest = latest_start(job);
  return now <= latest && latest - now <= margin;
}

std::map<model::JobId, Instant> raise_deadlines(const Snapshot& snapshot, std::vector<PriorityTerms>& terms) {
  std::map<model::JobId, Instant> near;
  for (const WaitingView& job : snapshot.waiting) {
    if (near_its_deadline(job, snapshot.now, snapshot.policy.deadline_margin)) near.emplace(job.id, latest_start(job));
  }
  if (near.empty()) return near;
  std::map<std::int32_t, std::int64_t> best;  // total of the first of each rank
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto [first, is_new] = best.try_emplace(snapshot.waiting[i].rank, terms[i].total);
    if (!is_new) first->second = std::max(first->second, terms[i].total);
  }
  for (std::size_t i = 0; i < terms.size(); ++i) {
    PriorityTerms& its = terms[i];
    if (!near.contains(snapshot.waiting[i].id)) continue;
    its.deadline_term = best.at(snapshot.waiting[i].rank) - its.total;
    its.total += its.deadline_term;
  }
  return near;
}

}  // namespace mingyue::sched
