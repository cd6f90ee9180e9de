#include "model/node_kinds.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace mingyue::model {

NodeKinds::NodeKinds(const Centre& centre) {
  std::map<std::tuple<std::string_view, std::string_view, CoreCount, Bytes, CardCount, bool>, std::uint32_t> seen;
  const std::vector<bool> spare = spare_nodes(centre);
  numbers_.reserve(centre.nodes.size());
  for (std::size_t i = 0; i < centre.nodes.size(); ++i) {
    const Node& node = centre.nodes[i];
    const auto [it, fresh] =
        seen.try_emplace({node.partition, node.card_type, node.cores, node.memory, node.cards, spare[i]},
                         static_cast<std::uint32_t>(kinds_.size()));
    if (fresh) {
      const auto type = std::ranges::find(card_types_, node.card_type);
      const auto type_number = static_cast<std::uint32_t>(type - card_types_.begin());
      if (type == card_types_.end()) card_types_.push_back(node.card_type);
      kinds_.push_back({.partition = partition_number(centre, node.partition),
                        .card_type = type_number,
                        .cores = node.cores,
                        .memory = node.memory,
                        .cards = node.cards,
                        .spare = spare[i]});
    }
    numbers_.push_back(it->second);
    ++kinds_[it->second].nodes;
  }
}

std::vector<bool> spare_nodes(const Centre& centre) {
  std::vector<bool> spare(centre.nodes.size(), false);
  for (const Partition& partition : centre.partitions) {
    std::int32_t left = partition.spares;
    for (std::size_t i = centre.nodes.size(); i-- > 0 && left > 0;) {
      if (centre.nodes[i].partition != partition.name) continue;
      spare[i] = true;
      --left;
    }
  }
  return spare;
}

std::uint32_t partition_number(const Centre& centre, std::string_view name) {
  const auto it = std::ranges::find(centre.partitions, name, &Partition::name);
  return it == centre.partitions.end() ? NodeKinds::no_partition
                                       : static_cast<std::uint32_t>(it - centre.partitions.begin());
}

}  // namespace mingyue::model
