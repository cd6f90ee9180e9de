#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/job.hpp"
#include "sched/closed_times.hpp"
#include "sched/demand.hpp"
#include "sched/shape.hpp"

/// What a job asks of a partition, in the terms of LinePlanner; and where its tasks go when it starts.
namespace mingyue::sched {

/// Interchangeable nodes: LineNode::kind is the place in a list of these.
struct NodeKind {
  Room total;
  std::string card_type;
  bool spare = false;  ///< only for those who may hold spares
  std::int32_t nodes = 0;
  Closed closed;  ///< when they may not be used; nodes of one kind share that too
};

/// Which tasks a Demand stands for.
struct TaskShare {
  std::int32_t part = 0;    ///< of the job
  std::int32_t tasks = 0;   ///< of that part
  std::int32_t a_node = 0;  ///< on each whole node; the rest share the last
};

/// One way to place the job: `shares[i]` belongs to `request.parts[i]`.
struct JobRequest {
  Request request;
  std::vector<TaskShare> shares;
};

/// The ways to place the job, best first; none if the partition can never hold it. A part goes to one kind of node: to
/// each kind that can hold it there is a way. Where no kind alone is large enough, it spans kinds, the largest first.
/// Kinds that differ only in when they are closed are tried from the one that closes first on, so that what stays open
/// is left to those who need it; and a gang of several nodes is tried on two of them together as well, in quarters.
/// Parts decide together, at most `ways_max` combinations. Tasks that want no cards try nodes without cards first. The
/// wish `spread` is followed for up to `spread_max` tasks, one a node; the planner packs by switch anyway.
///
/// Who may hold spares may stand on them, or on them and on others: with as few of them as it takes, up to
/// `spares_tried`.
///
/// An elastic job has ways for several numbers of tasks, the most tasks first: for every number where those are at most
/// `ways_max`; else for its fewest, its most, and numbers between them at equal steps.
[[nodiscard]] std::vector<JobRequest> job_requests(const std::vector<NodeKind>& kinds, const model::JobSpec& spec,
                                                   const Allowance& allowance = {});

inline constexpr std::size_t ways_max = 16;
inline constexpr std::int32_t spread_max = 64;
inline constexpr std::int32_t spares_tried = 8;

/// `nodes[rank]`, from the nodes that LineStart names.
[[nodiscard]] std::vector<std::int32_t> nodes_by_rank(const JobRequest& way, const std::vector<std::int32_t>& named);

}  // namespace mingyue::sched
