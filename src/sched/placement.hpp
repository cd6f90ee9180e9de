#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sched/closed_times.hpp"
#include "sched/shape.hpp"

/// Where the tasks of a job go, once it is known how much room each node has for all of the job's time.
namespace mingyue::sched {

/// The place of a node in its partition's list of usable nodes.
using NodeIndex = std::int32_t;

/// What does not change about a node while a plan is made.
struct NodeFacts {
  std::size_t view = 0;  ///< index into Snapshot::nodes
  model::NodeId id;
  std::int32_t switch_number = 0;  ///< equal for nodes on the same leaf switch; in the order of names
  std::int32_t card_type = CardTypes::none;
  Room total;
  bool spare = false;
  const Closed* closed = nullptr;  ///< when it may not be used; null: never. Of the Context
};

/// True if tasks of the part may run there at all: cards, if wanted, are of the right type, and spares are for those
/// who may hold them.
[[nodiscard]] constexpr bool suits(const ShapePart& part, const NodeFacts& node) {
  return (part.card_type == CardTypes::none || part.card_type == node.card_type) && (part.on_spares || !node.spare);
}

/// `nodes[rank]` for every task, or nothing if the job does not fit into `rooms` (one per node).
///
/// The wishes, in the order in which they count:
///  * `any`: one node if one suffices: one that is in use already rather than a whole one, and of those the one with
///    least left over, of equals one on the switch with fewest whole nodes. Else the fewest switches, and in them the
///    nodes that are filled most exactly. Nodes with cards are spared by tasks that want none.
///  * `pack`: as few nodes as possible, then as few switches as possible.
///  * `spread`: one task a node as far as there are nodes, switches in turn.
/// A wish is never a reason to wait: if it cannot be had, the job is placed as it can be.
///
/// `idle_for`, if not empty, says for each node how long it has been free by the time of the start. Promises prefer
/// nodes that have just come free: then those that idle until the promise falls due can be used by backfill.
///
/// One part is placed exactly: if there is room, it is found. Several different parts are a packing problem; they are
/// tried largest first, in the given order, and at last by a bounded search.
///
/// Neighbouring ranks of a part are neighbours: on the same node, then on the same switch.
[[nodiscard]] std::optional<std::vector<NodeIndex>> place(std::span<const NodeFacts> nodes, std::vector<Room> rooms,
                                                          const Shape& shape, std::span<const Duration> idle_for = {});

}  // namespace mingyue::sched
