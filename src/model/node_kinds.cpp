#include "model/node_kinds.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace mingyue::model {

NodeKinds::NodeKinds(const Centre& centre) {
  std::map<std::tuple<std::string_view, std::string_view, CoreCount, Bytes, CardCount>, std::uint32_t> seen;
  numbers_.reserve(centre.nodes.size());
  for (const Node& node : centre.nodes) {
    const auto [it, fresh] = seen.try_emplace({node.partition, node.card_type, node.cores, node.memory, node.cards},
                                              static_cast<std::uint32_t>(kinds_.size()));
    if (fresh) {
      const auto type = std::ranges::find(card_types_, node.card_type);
      const auto type_number = static_cast<std::uint32_t>(type - card_types_.begin());
      if (type == card_types_.end()) card_types_.push_back(node.card_type);
      kinds_.push_back({.partition = partition_number(centre, node.partition),
                        .card_type = type_number,
                        .cores = node.cores,
                        .memory = node.memory,
                        .cards = node.cards});
    }
    numbers_.push_back(it->second);
    ++kinds_[it->second].nodes;
  }
}

std::uint32_t partition_number(const Centre& centre, std::string_view name) {
  const auto it = std::ranges::find(centre.partitions, name, &Partition::name);
  return it == centre.partitions.end() ? NodeKinds::no_partition
                                       : static_cast<std::uint32_t>(it - centre.partitions.begin());
}

}  // namespace mingyue::model
