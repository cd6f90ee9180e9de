#include "api/node_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace mingyue::api {

std::set<model::NodeId> nodes_in_maintenance(const core::State& state) {
  std::set<model::NodeId> nodes;
  for (const auto& [id, reservation] : state.reservations)
    if (reservation.open && reservation.kind == model::ReservationKind::maintenance)
      nodes.insert(reservation.nodes.begin(), reservation.nodes.end());
  return nodes;
}

std::string_view node_state_word(const core::NodeState& node, bool maintained, bool busy) {
  if (node.down) return "down";
  if (maintained && !node.drained) return "maintenance";
  if (!node.drained) return "up";
  return busy ? "draining" : "drained";
}

std::vector<wire::NodeView> node_views(const core::State& state) {
  std::vector<std::vector<model::JobId>> jobs(state.nodes.size());
  for (const auto& [job, attempt] : state.attempts) {
    for (const auto& share : attempt.lease.shares()) {
      auto& here = jobs.at(share.node.raw());
      if (here.empty() || here.back() != job) here.push_back(job);
    }
  }
  std::map<model::NodeId, const model::Reservation*> reserved;
  for (const auto& [id, reservation] : state.reservations) {
    if (!reservation.open) continue;
    for (const model::NodeId node : reservation.nodes) reserved.emplace(node, &reservation);
  }
  std::map<std::string_view, std::string_view> engines;
  for (const model::Partition& partition : state.centre.partitions) engines.emplace(partition.name, partition.engine);
  std::vector<wire::NodeView> views;
  views.reserve(state.nodes.size());
  for (const model::Node& node : state.centre.nodes) {
    if (node.cores == CoreCount{0} && node.cards == CardCount{0}) continue;
    const core::NodeState& now = state.nodes.at(node.id.raw());
    auto& here = jobs.at(node.id.raw());
    const auto open = reserved.find(node.id);
    const bool maintained = open != reserved.end() && open->second->kind == model::ReservationKind::maintenance;
    std::string why = now.down || now.drained ? now.why : "";
    if (why.empty() && open != reserved.end())
      why = fmt::format("reservation {} until {}", open->second->name, print_instant(open->second->end));
    views.push_back({.name = node.name,
                     .partition = node.partition,
                     .switch_name = node.switch_name,
                     .state = std::string(node_state_word(now, maintained, !here.empty())),
                     .why = std::move(why),
                     .is_virtual = node.is_virtual,
                     .cores = node.cores.raw(),
                     .cores_free = now.cores_free.count(),
                     .memory = node.memory,
                     .memory_free = now.memory_free,
                     .card_type = node.card_type,
                     .cards = node.cards.raw(),
                     .cards_free = now.cards_free.count(),
                     .jobs = std::move(here),
                     .engine = std::string(engines[node.partition]),
                     .cores_others = now.others_cores.count(),
                     .cards_others = now.others_cards.count(),
                     .others_until = now.others_until});
  }
  return views;
}

}  // namespace mingyue::api
