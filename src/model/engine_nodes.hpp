#pragma once

#include <string_view>

#include "base/expected.hpp"
#include "model/centre.hpp"
#include "model/engine.hpp"

/// From what an engine says of its machines to nodes of the centre.
namespace mingyue::model {

/// Adds the nodes of those partitions that are on `engine`, behind the nodes that are there, with the switches above
/// them, and with card types (and the usual price) that the file does not name. Nodes of other partitions of the
/// engine are no business of the centre. Refused, and nothing is changed:
///
///   duplicate     a node has the name of another node of the centre, or is in two of its partitions: its capacity
///                 would be counted twice
///   out-of-range  the centre would have more than `nodes_max` nodes, or a partition would be nothing but spares
[[nodiscard]] Expected<void> add_engine_nodes(Centre& centre, std::string_view engine, const EngineMachines& machines);

/// The same from what the centre knew before, for an engine that cannot be asked now.
void keep_engine_nodes(Centre& centre, std::string_view engine, const Centre& before);

}  // namespace mingyue::model
