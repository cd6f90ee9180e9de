#pragma once

#include <cstdint>

#include "model/centre.hpp"

namespace mingyue::twin {

/// A centre of equal nodes for a trace that names no machine: one partition, leaf switches of so many nodes under one
/// spine.
[[nodiscard]] model::Centre plain_centre(std::int32_t nodes, std::int32_t cores, std::int32_t cards,
                                         std::int32_t nodes_a_switch);

}  // namespace mingyue::twin
