#pragma once

#include <string>

#include "engines/control_groups.hpp"
#include "engines/cores.hpp"
#include "engines/environment.hpp"
#include "engines/local_engine.hpp"
#include "engines/shim/order.hpp"
#include "model/attempt.hpp"

namespace mingyue::engines {

/// What this machine brings to every order.
struct Machine {
  ControlGroups groups;
  CoreMap cores{{}};
  DaemonDefaults defaults;
  std::string tag;  ///< tells this engine's control groups from those of others
};

/// The core's order, resolved for the shim: folders, cores, control groups, the whole environment.
[[nodiscard]] ShimOrder shim_order(const model::LaunchOrder& order, const EngineOptions& options,
                                   const Machine& machine);

}  // namespace mingyue::engines
