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

}  // namespace mingyue::core
