#include "twin/partition_lines.hpp"

#include <algorithm>
#include <map>

namespace mingyue::twin {

PartitionLines::PartitionLines(const model::Centre& centre, sched::Backfill policy, Instant now) {
  places_.resize(centre.nodes.size());
  for (const model::Partition& partition : centre.partitions) {
    std::vector<Kind> kinds;
    std::vector<std::int32_t> numbers;
    std::vector<sched::LineNode> nodes;
    std::map<std::string, std::int32_t> leaves;
    for (std::size_t i = 0; i < centre.nodes.size(); ++i) {
      const model::Node& node = centre.nodes[i];
      if (node.partition != partition.name) continue;
      const sched::Room total{node.cores, node.memory, node.cards};
      auto kind =
          std::ranges::find_if(kinds, [&](const Kind& k) { return k.total == total && k.card_type == node.card_type; });
      if (kind == kinds.end()) kind = kinds.insert(kinds.end(), Kind{total, node.card_type});
      const auto leaf = leaves.try_emplace(node.switch_name, static_cast<std::int32_t>(leaves.size())).first->second;
      places_[i] = {static_cast<std::int32_t>(partitions_.size()), static_cast<std::int32_t>(numbers.size())};
      numbers.push_back(static_cast<std::int32_t>(i));
      nodes.push_back({total, static_cast<std::int32_t>(kind - kinds.begin()), leaf});
    }
    if (nodes.empty()) continue;
    partitions_.push_back(
        {partition.name, std::move(kinds), std::move(numbers), sched::LinePlanner(nodes, policy, now)});
  }
}

std::optional<PartitionLines::Spot> PartitionLines::spot_for(std::int32_t tasks, const sched::Room& need) const {
  if (need.cards == CardCount{0}) {
    if (auto spot = spot_among(tasks, need, false)) return spot;
  }
  return spot_among(tasks, need, true);
}

std::optional<PartitionLines::Spot> PartitionLines::spot_among(std::int32_t tasks, const sched::Room& need,
                                                               bool with_cards) const {
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    const Partition& partition = partitions_[p];
    for (std::size_t k = 0; k < partition.kinds.size(); ++k) {
      const Kind& kind = partition.kinds[k];
      if ((kind.total.cards > CardCount{0}) != with_cards) continue;
      const auto demand = sched::demand_of(static_cast<std::int32_t>(k), kind.total, tasks, need);
      if (!demand || !partition.line.ever_fits(*demand)) continue;
      return Spot{static_cast<std::int32_t>(p), static_cast<std::int32_t>(k), sched::times(need, kind.total, tasks),
                  *demand};
    }
  }
  return std::nullopt;
}

const std::string& PartitionLines::card_type(const Spot& spot) const {
  return at(spot.partition).kinds[static_cast<std::size_t>(spot.kind)].card_type;
}

std::optional<std::int32_t> PartitionLines::find(const std::string& name) const {
  const auto it = std::ranges::find(partitions_, name, &Partition::name);
  if (it == partitions_.end()) return std::nullopt;
  return static_cast<std::int32_t>(it - partitions_.begin());
}

std::int32_t PartitionLines::node_of(std::int32_t partition, std::int32_t in_line) const {
  return at(partition).nodes[static_cast<std::size_t>(in_line)];
}

void PartitionLines::set_available(std::uint32_t node, bool available, Instant now) {
  const Place& place = places_[node];
  at(place.partition).line.set_available(place.in_line, available, now);
}

std::optional<Instant> PartitionLines::next_due() const {
  std::optional<Instant> next;
  for (const Partition& partition : partitions_) {
    const auto due = partition.line.next_due();
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

std::size_t PartitionLines::waiting() const {
  std::size_t sum = 0;
  for (const Partition& partition : partitions_) sum += partition.line.waiting();
  return sum;
}

std::size_t PartitionLines::running() const {
  std::size_t sum = 0;
  for (const Partition& partition : partitions_) sum += partition.line.running();
  return sum;
}

}  // namespace mingyue::twin
