#pragma once

#include <string_view>
#include <vector>

#include "twin/scenario.hpp"
#include "twin/simulated_world.hpp"

namespace mingyue::twin {

struct ReadyScenario {
  WorldSettings settings;
  std::vector<Step> story;
};

/// What a scenario's words mean. All that is wrong is in the answer, in the order of lines: unknown verbs and fields,
/// values that are none, jobs that are submitted twice under one name.
///
/// Every kind of action is one entry of one table in scenario_actions.cpp: its verb, what its subject is, and the
/// function that reads its fields and says what it does to the world. For what swarm tests draw see swarm.cpp.
[[nodiscard]] Expected<ReadyScenario, std::vector<Refusal>> ready(const Scenario& scenario);

}  // namespace mingyue::twin
