#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/centre.hpp"

/// The nodes of a centre by kind: most centres have a handful of kinds and thousands of nodes.
namespace mingyue::model {

/// Equal nodes of one partition.
struct NodeKind {
  std::uint32_t partition = 0;  ///< place in Centre::partitions; `NodeKinds::no_partition` where it is not there
  std::uint32_t card_type = 0;  ///< place in NodeKinds::card_types(); of nodes without cards too
  CoreCount cores;
  Bytes memory;
  CardCount cards;
  bool spare = false;      ///< spares are a kind of their own
  std::int64_t nodes = 0;  ///< how many are of this kind
};

/// Which nodes are spares (Partition::spares), by NodeId.
[[nodiscard]] std::vector<bool> spare_nodes(const Centre& centre);

/// Computed from a centre, and to be computed again when its nodes or partitions change: one pass over the nodes.
class NodeKinds {
 public:
  static constexpr std::uint32_t no_partition = ~std::uint32_t{0};

  NodeKinds() = default;
  explicit NodeKinds(const Centre& centre);

  /// In the order of the first node of each.
  [[nodiscard]] const std::vector<NodeKind>& all() const { return kinds_; }
  [[nodiscard]] const NodeKind& of(NodeId node) const { return kinds_[numbers_[node.raw()]]; }
  /// Names, in the order of the first node of each; the empty one too where a node names none.
  [[nodiscard]] const std::vector<std::string>& card_types() const { return card_types_; }
  [[nodiscard]] const std::string& card_type(const NodeKind& kind) const { return card_types_[kind.card_type]; }

 private:
  std::vector<NodeKind> kinds_;
  std::vector<std::uint32_t> numbers_;  ///< by node: place in kinds_
  std::vector<std::string> card_types_;
};

/// The place of the partition of this name in Centre::partitions, or NodeKinds::no_partition.
[[nodiscard]] std::uint32_t partition_number(const Centre& centre, std::string_view name);

}  // namespace mingyue::model
