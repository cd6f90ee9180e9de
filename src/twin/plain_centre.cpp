#include "twin/plain_centre.hpp"

#include <fmt/format.h>

namespace mingyue::twin {

model::Centre plain_centre(std::int32_t nodes, std::int32_t cores, std::int32_t cards, std::int32_t nodes_a_switch) {
  model::Centre centre{.name = "plain"};
  if (cards > 0) centre.card_types = {{"card", "", "CUDA_VISIBLE_DEVICES", Bytes{0}}};
  centre.partitions = {{"main", duration_max}};
  centre.classes = {{"normal", 100, false}};
  centre.projects = {{.name = "trace"}};
  centre.users = {{"trace", model::Role::member, {"trace"}}};
  centre.policy.attempts_without_progress_max = 100;
  centre.switches.push_back({"spine", ""});
  for (std::int32_t s = 0; s * nodes_a_switch < nodes; ++s)
    centre.switches.push_back({fmt::format("leaf{}", s), "spine"});
  for (std::int32_t i = 0; i < nodes; ++i) {
    centre.nodes.push_back({.id = model::NodeId{static_cast<std::uint32_t>(i)},
                            .name = fmt::format("n{}", i),
                            .partition = "main",
                            .switch_name = fmt::format("leaf{}", i / nodes_a_switch),
                            .cores = CoreCount{cores},
                            .memory = Bytes{std::int64_t{1} << 50},
                            .card_type = cards > 0 ? "card" : "",
                            .cards = CardCount{cards},
                            .is_virtual = true});
  }
  return centre;
}

}  // namespace mingyue::twin
