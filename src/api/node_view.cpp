#include "api/node_view.hpp"

#include <algorithm>

namespace mingyue::api {

std::vector<wire::NodeView> node_views(const core::State& state) {
  std::vector<std::vector<model::JobId>> jobs(state.nodes.size());
  for (const auto& [job, attempt] : state.attempts) {
    for (const auto& share : attempt.lease.shares()) {
      auto& here = jobs.at(share.node.raw());
      if (here.empty() || here.back() != job) here.push_back(job);
    }
  }
  std::vector<wire::NodeView> views;
  views.reserve(state.nodes.size());
  for (const model::Node& node : state.centre.nodes) {
    if (node.cores == CoreCount{0} && node.cards == CardCount{0}) continue;
    const core::NodeState& now = state.nodes.at(node.id.raw());
    auto& here = jobs.at(node.id.raw());
    views.push_back({.name = node.name,
                     .partition = node.partition,
                     .switch_name = node.switch_name,
                     .state = now.down       ? "down"
                              : !now.drained ? "up"
                              : here.empty() ? "drained"
                                             : "draining",
                     .why = now.down || now.drained ? now.why : "",
                     .is_virtual = node.is_virtual,
                     .cores = node.cores.raw(),
                     .cores_free = now.cores_free.count(),
                     .memory = node.memory,
                     .memory_free = now.memory_free,
                     .card_type = node.card_type,
                     .cards = node.cards.raw(),
                     .cards_free = now.cards_free.count(),
                     .jobs = std::move(here)});
  }
  return views;
}

}  // namespace mingyue::api
