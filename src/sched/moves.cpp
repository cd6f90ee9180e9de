#include "sched/moves.hpp"

#include <algorithm>

#include "sched/room.hpp"

namespace mingyue::sched {

Candidate* first_in_pieces(const Context& context, std::vector<Candidate>& candidates) {
  const Instant now = context.snapshot.now;
  const auto first = std::ranges::find_if(candidates, [&](const Candidate& candidate) {
    return candidate.floor <= now && candidate.booking && candidate.booking->start > now;
  });
  if (first == candidates.end() || !first->victims.empty()) return nullptr;
  const bool somebody_ends = std::ranges::any_of(context.snapshot.running, [&](const RunningView& run) {
    return run.ending && run.partition == first->job->partition;
  });
  return somebody_ends ? nullptr : &*first;
}

bool enough_in_number(std::span<const NodeFacts> nodes, const std::vector<Room>& free, const Shape& shape) {
  Room needed;
  for (const ShapePart& part : shape.parts) needed += part.need * part.tasks;
  Room there;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool suitable =
        std::ranges::any_of(shape.parts, [&](const ShapePart& part) { return suits(part, nodes[i]); });
    if (suitable) there += least(free[i], nodes[i].total);
  }
  return fits(needed, there);
}

std::int64_t cost_of_move(const Context& context, std::span<const NodeFacts> nodes, const RunningView& run) {
  const Duration lost = run.unsaved + context.snapshot.policy.restart_cost;
  std::int64_t cost = 0;
  for (const auto& [node, room] : Context::holds_on(nodes, run))
    cost += weight(nodes[static_cast<std::size_t>(node)].total, room) * lost.raw();
  return cost;
}

}  // namespace mingyue::sched
