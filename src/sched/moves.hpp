#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sched/context.hpp"

/// Defragmentation: moving preemptible work, so that what is idle in pieces comes together.
///
/// The first in line waits, though as much is idle as it asks for: only not in one place. If some of the running work
/// that may be moved (`RunningView::movable`) can start again elsewhere at once, and the first in line can then start,
/// and nobody's promise is later by it, that work is asked to end and goes back to the queue. No rank is needed for
/// that, since the work goes on at once.
///
/// It must pay: the core-time for which the first in line starts sooner against what the moved work loses, its unsaved
/// work and `Policy::restart_cost`. And it is bounded: for one job of a partition at a time, while nobody there is
/// ending already; a job that was moved is left alone for `Policy::move_pause`.
///
/// Between the asking and the end (a checkpoint's grace) the room elsewhere is not held: who is new and above the moved
/// job in the order may take it. The moved job then waits like any other.
namespace mingyue::sched {

/// The first in line, if it waits for room: for whom work may be moved. Null if nobody does, if it has victims already,
/// or if somebody in its partition is ending.
[[nodiscard]] Candidate* first_in_pieces(const Context& context, std::vector<Candidate>& candidates);

/// As much is free as the shape asks for, on nodes on which it may stand, if only numbers counted.
[[nodiscard]] bool enough_in_number(std::span<const NodeFacts> nodes, const std::vector<Room>& free,
                                    const Shape& shape);

/// What moving it costs, in core-milliseconds.
[[nodiscard]] std::int64_t cost_of_move(const Context& context, std::span<const NodeFacts> nodes,
                                        const RunningView& run);

/// Of those who could be moved, no more than the cheapest so many are looked at.
inline constexpr std::size_t movable_max = 64;

}  // namespace mingyue::sched
