#include "sched/empty_nodes.hpp"

#include <algorithm>
#include <numeric>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

EmptyNodes::EmptyNodes(std::vector<std::int32_t> switch_of) : leaf_of_(std::move(switch_of)) {
  order_.resize(leaf_of_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::stable_sort(order_, {}, [&](std::int32_t node) { return leaf_of_[at(node)]; });
  place_.resize(leaf_of_.size());
  empty_.resize(leaf_of_.size(), 0);
  leaves_.resize(leaf_of_.empty() ? 0 : at(*std::ranges::max_element(leaf_of_)) + 1);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    place_[at(order_[i])] = static_cast<std::int32_t>(i);
    Leaf& leaf = leaves_[at(leaf_of_[at(order_[i])])];
    if (leaf.size++ == 0) leaf.first = leaf.hint = static_cast<std::int32_t>(i);
  }
}

void EmptyNodes::insert(std::int32_t node) {
  char& empty = empty_[at(place_[at(node)])];
  INVARIANT(empty == 0, "node {} becomes empty twice", node);
  empty = 1;
  ++size_;
  Leaf& leaf = leaves_[at(leaf_of_[at(node)])];
  ++leaf.empty;
  leaf.hint = std::min(leaf.hint, place_[at(node)]);
}

void EmptyNodes::erase(std::int32_t node) {
  char& empty = empty_[at(place_[at(node)])];
  INVARIANT(empty == 1, "node {} is taken and is not empty", node);
  empty = 0;
  --size_;
  --leaves_[at(leaf_of_[at(node)])].empty;
}

void EmptyNodes::take_from(Leaf& leaf, std::int32_t count, std::vector<std::int32_t>& nodes) {
  std::int32_t place = leaf.hint;
  for (; count > 0; ++place) {
    INVARIANT(place < leaf.first + leaf.size, "a switch has fewer empty nodes than it counts");
    if (empty_[at(place)] == 0) continue;
    empty_[at(place)] = 0;
    nodes.push_back(order_[at(place)]);
    --count;
    --leaf.empty;
    --size_;
  }
  leaf.hint = place;
}

void EmptyNodes::take(std::int32_t count, std::vector<std::int32_t>& nodes) {
  INVARIANT(count <= size_, "{} empty nodes are taken of {}", count, size_);
  while (count > 0) {
    Leaf* tight = nullptr;
    Leaf* full = nullptr;
    for (Leaf& leaf : leaves_) {
      if (leaf.empty == 0) continue;
      if (leaf.empty >= count && (tight == nullptr || leaf.empty < tight->empty)) tight = &leaf;
      if (full == nullptr || leaf.empty > full->empty) full = &leaf;
    }
    INVARIANT(full != nullptr, "no switch has an empty node, and {} are counted", size_);
    Leaf& leaf = tight != nullptr ? *tight : *full;
    const std::int32_t some = std::min(count, leaf.empty);
    take_from(leaf, some, nodes);
    count -= some;
  }
}

}  // namespace mingyue::sched
