#include "core/index.hpp"

#include <algorithm>
#include <functional>

namespace mingyue::core {

void build_indexes(State& state) {
  state.dependents.clear();
  state.job_deadlines.clear();
  state.latest_starts.clear();
  state.reserved.clear();
  state.key_ages.clear();
  state.waiting = 0;
  state.kinds = model::NodeKinds(state.centre);
  for (const auto& [id, job] : state.jobs) {
    for (const model::Dependency& dependency : *job.dependencies) index_dependency(state, id, dependency.job);
    const model::JobSpec& spec = state.spec(job);
    if (spec.deadline && !job.deadline_missed) state.job_deadlines.emplace(*spec.deadline, id);
    if (job.state == model::JobState::held || job.state == model::JobState::queued) ++state.waiting;
    index_latest_start(state, job);
  }
  for (const auto& [id, reservation] : state.reservations) index_reservation(state, reservation);
  index_deadlines(state);
  for (const auto& [key, use] : state.keys) state.key_ages.emplace(use.at, key);
}

void index_latest_start(State& state, const Job& job) {
  const model::JobSpec& spec = state.spec(job);
  if (!spec.deadline) return;
  const std::pair latest(*spec.deadline - spec.wall, job.id);
  const bool waits = job.state == model::JobState::held || job.state == model::JobState::queued;
  if (waits && !job.deadline_lost)
    state.latest_starts.insert(latest);
  else
    state.latest_starts.erase(latest);
}

void index_reservation(State& state, const model::Reservation& reservation) {
  for (const model::NodeId node : reservation.nodes) state.reserved[node].push_back(reservation.id);
}

void unindex_reservation(State& state, const model::Reservation& reservation) {
  for (const model::NodeId node : reservation.nodes) {
    const auto it = state.reserved.find(node);
    INVARIANT(it != state.reserved.end(), "node {} is reserved, and does not know", node.raw());
    std::erase(it->second, reservation.id);
    if (it->second.empty()) state.reserved.erase(it);
  }
}

void index_dependency(State& state, model::JobId waits, model::JobId target) { state.dependents[target].insert(waits); }

void unindex_dependency(State& state, model::JobId waits, model::JobId target) {
  const auto it = state.dependents.find(target);
  INVARIANT(it != state.dependents.end(), "job {} waits for job {}, which does not know", waits.raw(), target.raw());
  it->second.erase(waits);
  if (it->second.empty()) state.dependents.erase(it);
}

// The index is a heap with the earliest deadline in front. An entry whose attempt has ended, or has another deadline by
// now, stays where it is until it comes to the front: to find it would cost more than to keep it. The front is always
// true, and at most half of the entries are not.

namespace {

using Due = std::pair<Instant, model::JobId>;

bool is_true(const State& state, const Due& due) {
  const auto it = state.attempts.find(due.second);
  return it != state.attempts.end() && deadline_of(state, it->second) == due.first;
}

}  // namespace

void settle_deadlines(State& state) {
  std::vector<Due>& heap = state.attempt_deadlines;
  while (!heap.empty() && !is_true(state, heap.front())) {
    std::ranges::pop_heap(heap, std::greater{});
    heap.pop_back();
  }
  constexpr std::size_t small = 64;
  if (heap.size() > small + 2 * state.attempts.size()) index_deadlines(state);
}

void index_deadline(State& state, const Attempt& attempt) {
  const Instant due = deadline_of(state, attempt);
  if (due != never) {
    state.attempt_deadlines.emplace_back(due, attempt.id.job);
    std::ranges::push_heap(state.attempt_deadlines, std::greater{});
  }
  settle_deadlines(state);
}

void index_deadlines(State& state) {
  state.attempt_deadlines.clear();
  for (const auto& [id, attempt] : state.attempts) {
    const Instant due = deadline_of(state, attempt);
    if (due != never) state.attempt_deadlines.emplace_back(due, id);
  }
  std::ranges::make_heap(state.attempt_deadlines, std::greater{});
}

std::vector<Due> deadlines_due(const State& state, Instant now) {
  std::vector<Due> due;
  const auto collect = [&](auto& self, std::size_t i) -> void {
    const std::vector<Due>& heap = state.attempt_deadlines;
    if (i >= heap.size() || heap[i].first > now) return;
    if (is_true(state, heap[i])) due.push_back(heap[i]);
    self(self, 2 * i + 1);
    self(self, 2 * i + 2);
  };
  collect(collect, 0);
  std::ranges::sort(due);
  due.erase(std::ranges::unique(due).begin(), due.end());
  return due;
}

}  // namespace mingyue::core
