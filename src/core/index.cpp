#include "core/index.hpp"

namespace mingyue::core {

void build_indexes(State& state) {
  state.dependents.clear();
  state.attempt_deadlines.clear();
  state.job_deadlines.clear();
  state.key_ages.clear();
  state.waiting = 0;
  for (const auto& [id, job] : state.jobs) {
    for (const model::Dependency& dependency : *job.dependencies) index_dependency(state, id, dependency.job);
    const model::JobSpec& spec = state.spec(job);
    if (spec.deadline && !job.deadline_missed) state.job_deadlines.emplace(*spec.deadline, id);
    if (job.state == model::JobState::held || job.state == model::JobState::queued) ++state.waiting;
  }
  for (const auto& [id, attempt] : state.attempts) index_deadline(state, attempt);
  for (const auto& [key, use] : state.keys) state.key_ages.emplace(use.at, key);
}

void index_dependency(State& state, model::JobId waits, model::JobId target) { state.dependents[target].insert(waits); }

void unindex_dependency(State& state, model::JobId waits, model::JobId target) {
  const auto it = state.dependents.find(target);
  INVARIANT(it != state.dependents.end(), "job {} waits for job {}, which does not know", waits.raw(), target.raw());
  it->second.erase(waits);
  if (it->second.empty()) state.dependents.erase(it);
}

void unindex_deadline(State& state, const Attempt& attempt) {
  const Instant due = deadline_of(state, attempt);
  if (due != never) state.attempt_deadlines.erase({due, attempt.id.job});
}

void index_deadline(State& state, const Attempt& attempt) {
  const Instant due = deadline_of(state, attempt);
  if (due != never) state.attempt_deadlines.emplace(due, attempt.id.job);
}

}  // namespace mingyue::core
