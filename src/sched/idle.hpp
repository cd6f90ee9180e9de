#pragma once

#include <map>
#include <span>
#include <vector>

#include "sched/context.hpp"

namespace mingyue::sched {

/// How what is idle once the starts are made divides, for each partition and each resource it has.
///
/// Idle is what is free on available nodes. On one node, the units that promised work will take are those that are free
/// now and not free for ever: idle - min over all time of what the calendar leaves free. They count as
///
///  * **promised** if they are really held back: a waiting job has a task that would fit into the node's idle room now,
///  or
///    the next promise to fall due on the node is one of several tasks, which gathers there;
///  * **stranded** if waiting jobs (in order, as long as all their needs together are within what is idle in the
///    partition, whatever the shape) would take more than that: what they would take, less what is promised;
///  * **unwanted** otherwise.
///
/// What is idle of a spare node is promised: it is kept for large gangs.
///
/// In an open window a node has no idle of the partition's; what idles between its closing and the window is promised,
/// and what is open until then is held back from a task that would be longer.
///
/// The three always add up to idle. Blocked jobs and jobs that the partition can never hold want nothing.
///
/// `calendar` holds running work and every booking of `candidates`.
void classify_idle(const Context& context, std::int32_t partition, const Calendar& calendar,
                   const std::vector<Candidate>& candidates, std::vector<IdleClasses>& idle);

/// Adds to its partition's classes what is idle in an open window of a reservation: it is promised, to whom it is
/// reserved for. After those of the partitions.
void classify_reserved(const Context& context, std::int32_t section, const Calendar& calendar,
                       std::vector<IdleClasses>& idle);

/// Amounts of a whole partition: cores, memory, and cards by type.
struct IdleAmounts {
  std::int64_t cores = 0;
  std::int64_t memory = 0;
  std::map<std::int32_t, std::int64_t> cards = {};
};

/// What waiting jobs would take of these rooms, in order, if only numbers counted and not the shape.
[[nodiscard]] IdleAmounts wanted_by(const Context& context, std::span<const NodeFacts> nodes,
                                    const std::vector<Room>& free, const std::vector<Candidate>& waiting);

/// Of `all` that is idle, `held` is promised; what is `wanted` beyond that is stranded; the rest is unwanted.
void divide_idle(const Context& context, std::int32_t partition, const IdleAmounts& all, const IdleAmounts& held,
                 const IdleAmounts& wanted, std::vector<IdleClasses>& idle);

}  // namespace mingyue::sched
