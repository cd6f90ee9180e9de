#pragma once

#include <variant>
#include <vector>

#include "core/event.hpp"
#include "core/state.hpp"
#include "model/attempt.hpp"

/// Effects: requests to the world. Each carries the identity of an attempt, so asking twice is harmless.
namespace mingyue::core {

struct LaunchAttempt {
  model::LaunchOrder order;
};
struct SignalAttempt {
  model::AttemptId attempt;
  int signal = 0;
};
struct EndAttempt {
  model::AttemptId attempt;
  Duration grace;
};
struct ForgetAttempt {
  model::AttemptId attempt;
};

using Effect = std::variant<LaunchAttempt, SignalAttempt, EndAttempt, ForgetAttempt>;

/// What the world is asked to do because of this event; `state` is the state after it.
[[nodiscard]] std::vector<Effect> react(const State& state, const Event& event);

/// What the world should be doing now: asked again after a restart. Launches of attempts that have not started, ends
/// that were asked for.
[[nodiscard]] std::vector<Effect> standing_effects(const State& state);

/// The engine that has this attempt (model::Partition::engine); empty: this machine's own.
[[nodiscard]] std::string engine_of(const State& state, const Attempt& attempt);

/// Everything an engine needs for this attempt.
[[nodiscard]] model::LaunchOrder launch_order(const State& state, const Attempt& attempt);

/// What the planner sees of this state at `now`.
struct PlannerInput {
  sched::Snapshot snapshot;
  std::vector<Shared<model::JobSpec>> specs;  ///< keeps what the snapshot points to alive
};
[[nodiscard]] PlannerInput planner_input(const State& state, Instant now);

/// When the next young attempt loses its exemption from preemption: time for a new plan if somebody waits; else
/// `never`.
[[nodiscard]] Instant next_preemptible(const State& state, Instant now);

}  // namespace mingyue::core
