#pragma once

#include <cstdint>
#include <queue>
#include <span>
#include <tuple>
#include <vector>

#include "sched/placement.hpp"
#include "sched/timeline.hpp"

namespace mingyue::sched {

/// Goes through the starts at which a gang might fit, from the earliest on.
///
/// For a start t, a node has room for as many tasks of a part as fit into it throughout [t, t + wall). As t grows, that
/// number changes only when the window leaves a narrow step or meets one; each node says how long its number holds, and
/// only nodes whose time is up are asked again. So a sweep costs about as much as there are changes on the way, and not
/// nodes × starts. Where all nodes together have too little room, it does not look at them one by one: in a long queue
/// of gangs that is nearly all of the way.
class GangSweep {
 public:
  /// `together` is the sum of all timelines.
  GangSweep(std::span<const NodeFacts> nodes, const std::vector<Timeline>& timelines, const Timeline& together,
            const Shape& shape, Instant from);

  /// The next start at which every part, counted by itself, has room for its tasks: exact for one part, a hope for
  /// several. `never` if there is none up to `limit`.
  [[nodiscard]] Instant next(Instant limit);

 private:
  static constexpr std::int32_t any_gain = -1;
  using Due = std::tuple<Instant, std::int32_t, NodeIndex>;  ///< when, which part (or any_gain), which node

  void ask(std::int32_t part, NodeIndex node);
  void watch_gains(NodeIndex node);
  void go_to(Instant start);
  [[nodiscard]] bool enough() const;

  const std::vector<Timeline>& timelines_;
  const Timeline& together_;
  const Shape& shape_;
  Room needed_;  ///< by all tasks of all parts
  Instant start_;
  bool better_ = true;                            ///< something has grown since the last start that was handed out
  std::vector<std::vector<std::int32_t>> tasks_;  ///< by part, by node
  std::vector<std::int64_t> sums_;                ///< by part
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace mingyue::sched
