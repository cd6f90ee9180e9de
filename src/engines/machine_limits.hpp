#pragma once

#include <vector>

#include "engines/local_engine.hpp"
#include "engines/order_builder.hpp"

namespace mingyue::engines {

/// Which limits hold on this machine and how, in plain words for `mingyue node show`.
[[nodiscard]] std::vector<ports::LimitFact> machine_limits(const EngineOptions& options, const Machine& machine,
                                                           const model::Node& node);

}  // namespace mingyue::engines
