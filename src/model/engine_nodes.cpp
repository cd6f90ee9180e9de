#include "model/engine_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "model/centre_document.hpp"

namespace mingyue::model {
namespace {

/// The partition of the centre that the node is in; null: none of ours.
Expected<const Partition*> partition_of(const Centre& centre, std::string_view engine, const EngineNode& node) {
  const Partition* found = nullptr;
  for (const Partition& partition : centre.partitions) {
    if (partition.engine != engine) continue;
    if (std::ranges::find(node.partitions, partition.engine_partition) == node.partitions.end()) continue;
    if (found != nullptr) {
      return refuse("duplicate", "partitions",
                    fmt::format("node {} of engine {} is in partitions {} and {} of the centre", node.name, engine,
                                found->name, partition.name),
                    "take one of the two out of the file, or let the engine's partitions have nodes of their own");
    }
    found = &partition;
  }
  return found;
}

void add_switches(Centre& centre, const EngineMachines& machines) {
  for (const EngineSwitch& found : machines.switches)
    if (std::ranges::find(centre.switches, found.name, &Switch::name) == centre.switches.end())
      centre.switches.push_back({found.name, found.above});
  // What is above a switch may be unknown to the engine.
  for (Switch& one : centre.switches)
    if (std::ranges::find(centre.switches, one.above, &Switch::name) == centre.switches.end()) one.above.clear();
}

void add_card_type(Centre& centre, const std::string& name) {
  if (name.empty()) return;
  if (std::ranges::find(centre.card_types, name, &CardType::name) == centre.card_types.end()) {
    const auto known = std::ranges::find(known_card_types(), name, &CardType::name);
    centre.card_types.push_back(known != known_card_types().end()
                                    ? *known
                                    : CardType{.name = name, .visible_variable = "CUDA_VISIBLE_DEVICES"});
  }
  if (std::ranges::find(centre.prices, name, &Price::card_type) == centre.prices.end())
    centre.prices.push_back({name, usual_card_hour});
}

Expected<void> check_spares(const Centre& centre, std::string_view engine) {
  for (const Partition& partition : centre.partitions) {
    if (partition.engine != engine || partition.spares == 0) continue;
    const auto nodes = std::ranges::count(centre.nodes, partition.name, &Node::partition);
    if (partition.spares < nodes) continue;
    return refuse("out-of-range", "spares",
                  fmt::format("engine {} has {} nodes for partition {}, which cannot keep {} of them as spares", engine,
                              nodes, partition.name, partition.spares),
                  "keep fewer");
  }
  return {};
}

}  // namespace

Expected<void> add_engine_nodes(Centre& centre, std::string_view engine, const EngineMachines& machines) {
  Centre next = centre;
  std::set<std::string, std::less<>> names;
  for (const Node& node : centre.nodes) names.insert(node.name);
  for (const EngineNode& found : machines.nodes) {
    TRY(partition, partition_of(centre, engine, found));
    if (partition == nullptr) continue;
    if (!names.insert(found.name).second)
      return refuse("duplicate", "nodes",
                    fmt::format("node {} of engine {} has the name of another node", found.name, engine),
                    "call this machine something else (machine: {name: ...}), or leave it out (machine: none)");
    if (next.nodes.size() >= static_cast<std::size_t>(nodes_max))
      return refuse("out-of-range", "nodes", fmt::format("engine {} makes it more than {} nodes", engine, nodes_max),
                    "take fewer of its partitions");
    add_card_type(next, found.card_type);
    next.nodes.push_back({.id = NodeId{static_cast<std::uint32_t>(next.nodes.size())},
                          .name = found.name,
                          .partition = partition->name,
                          .switch_name = found.switch_name,
                          .cores = found.cores,
                          .memory = found.memory,
                          .card_type = found.card_type,
                          .cards = found.cards});
  }
  CHECK_OK(check_spares(next, engine));
  add_switches(next, machines);
  centre = std::move(next);
  return {};
}

void keep_engine_nodes(Centre& centre, std::string_view engine, const Centre& before) {
  const auto on_engine = [&](const Node& node) {
    const auto at = std::ranges::find(centre.partitions, node.partition, &Partition::name);
    return at != centre.partitions.end() && at->engine == engine;
  };
  for (const Node& node : before.nodes) {
    if (!on_engine(node) || (node.cores == CoreCount{0} && node.cards == CardCount{0})) continue;
    if (std::ranges::find(centre.nodes, node.name, &Node::name) != centre.nodes.end()) continue;
    add_card_type(centre, node.card_type);
    Node kept = node;
    kept.id = NodeId{static_cast<std::uint32_t>(centre.nodes.size())};
    centre.nodes.push_back(std::move(kept));
  }
  for (const Switch& one : before.switches)
    if (std::ranges::find(centre.switches, one.name, &Switch::name) == centre.switches.end())
      centre.switches.push_back(one);
}

}  // namespace mingyue::model
