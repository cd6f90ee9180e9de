#pragma once

#include <span>
#include <string>
#include <vector>

#include "sched/placement.hpp"

namespace mingyue::sched {

/// What is missing for a shape in given rooms, in the words of a person. The arguments of WaitCode::resources and
/// too_large: what, how much there is, how much is needed, and the card type if that matters.
///
///  * one task, or a task too large for any node: the first of cards, cores, memory of which no node has enough;
///  * tasks that need a node each: nodes;
///  * many tasks: the first resource of which there is too little in all, else tasks (the room is in pieces).
[[nodiscard]] std::vector<std::string> shortage(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms,
                                                const Shape& shape, const CardTypes& types);

/// How many of the nodes are kept as spares, if the shape, which does not fit, would fit with them; else 0.
[[nodiscard]] std::int32_t spares_missed(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms,
                                         const Shape& shape);

/// How many tasks of the part there is room for, at most `most`.
[[nodiscard]] std::int32_t tasks_that_fit(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms,
                                          const ShapePart& part, std::int32_t most);

}  // namespace mingyue::sched
