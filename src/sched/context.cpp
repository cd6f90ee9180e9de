#include "sched/context.hpp"

#include <algorithm>

namespace mingyue::sched {

Context::Context(const Snapshot& s) : snapshot(s), types(s.nodes), shapes(types) {
  for (const NodeView& node : s.nodes)
    if (switches_.empty() || switches_.back() != node.switch_name) switches_.push_back(node.switch_name);
  std::sort(switches_.begin(), switches_.end());
  switches_.erase(std::unique(switches_.begin(), switches_.end()), switches_.end());
}

Instant Context::end_of(const RunningView& run) const {
  return run.ends_by > snapshot.now ? run.ends_by : snapshot.now + seconds(1);
}

Instant Context::end_if_asked(const RunningView& run) const {
  return std::min(end_of(run), snapshot.now + std::max(run.grace, seconds(1)));
}

bool Context::gives_way(const RunningView& run, const WaitingView& job) const {
  if (!run.preemptible || run.partition != job.partition) return false;
  if (job.preempts && run.rank < job.rank) return true;
  return job.goes_on && std::ranges::any_of(run.holds, [&](const Hold& hold) {
           const auto node = view_of(hold.node);
           return node && snapshot.nodes[*node].spare;
         });
}

std::optional<std::size_t> Context::view_of(model::NodeId id) const {
  const auto found = std::lower_bound(snapshot.nodes.begin(), snapshot.nodes.end(), id,
                                      [](const NodeView& node, model::NodeId wanted) { return node.id < wanted; });
  if (found == snapshot.nodes.end() || found->id != id) return std::nullopt;
  return static_cast<std::size_t>(found - snapshot.nodes.begin());
}

std::vector<NodeFacts> Context::nodes_of(std::int32_t partition, std::span<const model::NodeId> resumed) const {
  std::vector<NodeFacts> nodes;
  for (std::size_t i = 0; i < snapshot.nodes.size(); ++i) {
    const NodeView& view = snapshot.nodes[i];
    if (view.partition != partition) continue;
    if (!view.available && !std::binary_search(resumed.begin(), resumed.end(), view.id)) continue;
    const auto on = std::lower_bound(switches_.begin(), switches_.end(), view.switch_name);
    nodes.push_back({.view = i,
                     .id = view.id,
                     .switch_number = static_cast<std::int32_t>(on - switches_.begin()),
                     .card_type = view.total.cards > CardCount{0} ? types.number_of(view.card_type) : CardTypes::none,
                     .total = view.total,
                     .spare = view.spare});
  }
  return nodes;
}

std::vector<model::NodeId> Context::away_of(std::int32_t partition) const {
  std::vector<model::NodeId> away;
  for (const NodeView& view : snapshot.nodes)
    if (view.partition == partition && !view.available) away.push_back(view.id);
  return away;
}

Calendar Context::calendar_of(std::int32_t partition, std::span<const model::NodeId> resumed) const {
  std::vector<NodeFacts> nodes = nodes_of(partition, resumed);
  std::vector<Room> free;
  free.reserve(nodes.size());
  for (const NodeFacts& node : nodes) free.push_back(snapshot.nodes[node.view].free);
  Calendar calendar(snapshot.now, std::move(nodes), free);
  for (const RunningView& run : snapshot.running)
    for (const auto& [node, room] : holds_on(calendar.nodes(), run)) calendar.release(node, end_of(run), room);
  return calendar;
}

void Context::release_victims(Calendar& calendar, const std::vector<Candidate>& candidates) const {
  for (const Candidate& candidate : candidates) {
    for (const std::size_t i : candidate.victims) {
      const RunningView& run = snapshot.running[i];
      for (const auto& [node, room] : holds_on(calendar.nodes(), run))
        calendar.release(node, end_if_asked(run), end_of(run), room);
    }
  }
}

std::optional<NodeIndex> Context::index_of(std::span<const NodeFacts> nodes, model::NodeId id) {
  const auto found = std::lower_bound(nodes.begin(), nodes.end(), id,
                                      [](const NodeFacts& node, model::NodeId wanted) { return node.id < wanted; });
  if (found == nodes.end() || found->id != id) return std::nullopt;
  return static_cast<NodeIndex>(found - nodes.begin());
}

std::vector<std::pair<NodeIndex, Room>> Context::holds_on(std::span<const NodeFacts> nodes, const RunningView& run) {
  std::vector<std::pair<NodeIndex, Room>> holds;
  for (const Hold& hold : run.holds)
    if (const auto node = index_of(nodes, hold.node)) holds.emplace_back(*node, hold.room);
  return holds;
}

}  // namespace mingyue::sched
