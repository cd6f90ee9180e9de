#pragma once

#include <vector>

#include "core/state.hpp"
#include "wire/views.hpp"

namespace mingyue::api {

/// Nodes as clients see them, without limits; those that are gone from the centre's file are left out.
[[nodiscard]] std::vector<wire::NodeView> node_views(const core::State& state);

}  // namespace mingyue::api
