#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "core/state.hpp"
#include "wire/views.hpp"

namespace mingyue::api {

/// Nodes on which a maintenance window is open.
[[nodiscard]] std::set<model::NodeId> nodes_in_maintenance(const core::State& state);
/// `up`, `drained`, `draining` (work still runs), `maintenance`, `down`.
[[nodiscard]] std::string_view node_state_word(const core::NodeState& node, bool maintained, bool busy);

/// Nodes as clients see them, without limits; those that are gone from the centre's file are left out.
[[nodiscard]] std::vector<wire::NodeView> node_views(const core::State& state);

}  // namespace mingyue::api
