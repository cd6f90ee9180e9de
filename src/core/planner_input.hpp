#pragma once

#include <optional>
#include <vector>

#include "core/qpus.hpp"
#include "core/state.hpp"
#include "sched/snapshot.hpp"

/// From the state of a centre to what the planner sees of it.
namespace mingyue::core {

[[nodiscard]] inline bool waits(const Job& job) {
  return job.state == model::JobState::held || job.state == model::JobState::queued;
}

struct PlannerInput {
  sched::Snapshot snapshot;
  std::vector<Shared<model::JobSpec>> specs;  ///< keeps what the snapshot points to alive
};
[[nodiscard]] PlannerInput planner_input(const State& state, Instant now);

/// Waiting jobs as the planner sees them, one after another; fastest where those of one spec follow each other.
class WaitingViews {
 public:
  /// The specs of all jobs that are seen are added there, for the views point to them.
  WaitingViews(const State& state, Instant now, std::vector<Shared<model::JobSpec>>& specs)
      : state_(state), now_(now), specs_(specs) {}

  [[nodiscard]] sched::WaitingView of(const Job& job);  ///< that is held or queued

 private:
  void see(const Shared<model::JobSpec>& spec);
  [[nodiscard]] std::int32_t inside(const model::JobSpec& spec) const;

  const State& state_;
  Instant now_;
  std::vector<Shared<model::JobSpec>>& specs_;
  // What follows from a spec: elements of an array share it.
  const model::JobSpec* last_ = nullptr;
  sched::WaitingView common_;
  bool over_budget_ = false;
  bool reservation_over_ = false;
  QpuSeats seats_;
};

/// When the next young attempt loses its exemption from preemption: time for a new plan if somebody waits; else
/// `never`.
[[nodiscard]] Instant next_preemptible(const State& state, Instant now);

}  // namespace mingyue::core
