#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/invariant.hpp"

namespace mingyue::sched {

/// A sorted set of many small values: blocks of at most 128, so that it takes little more than the values themselves,
/// and one allocation for a hundred of them. With 100,000 values adding or removing one costs some hundred nanoseconds.
template <class T>
class SortedBlocks {
 public:
  [[nodiscard]] bool empty() const { return blocks_.empty(); }
  [[nodiscard]] const T& first() const { return blocks_.front().front(); }
  void clear() { blocks_.clear(); }

  /// Must not be there.
  void insert(const T& value) {
    if (blocks_.empty()) {
      fresh(blocks_.begin()).push_back(value);
      return;
    }
    const std::size_t b = block_of(value);
    blocks_[b].insert(std::ranges::lower_bound(blocks_[b], value), value);
    if (blocks_[b].size() <= block_most) return;
    const bool at_end = b + 1 == blocks_.size() && blocks_[b].back() == value;
    const auto keep = static_cast<std::ptrdiff_t>(at_end ? block_most : block_most / 2);
    auto& right = fresh(blocks_.begin() + static_cast<std::ptrdiff_t>(b) + 1);
    right.assign(blocks_[b].begin() + keep, blocks_[b].end());
    blocks_[b].erase(blocks_[b].begin() + keep, blocks_[b].end());
  }

  /// Must be there.
  void erase(const T& value) {
    INVARIANT(!blocks_.empty(), "a value is taken from a set that is empty");
    const std::size_t b = block_of(value);
    const auto at = std::ranges::lower_bound(blocks_[b], value);
    INVARIANT(at != blocks_[b].end() && *at == value, "a value is taken from a set and is not in it");
    blocks_[b].erase(at);
    if (blocks_[b].empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(b));
  }

  /// In order from the first that is not below, while `visit` says true.
  template <class Visit>
  void each_from(const T& from, Visit visit) const {
    if (blocks_.empty()) return;
    std::size_t b = block_of(from);
    for (auto at = std::ranges::lower_bound(blocks_[b], from);; ++at) {
      if (at == blocks_[b].end()) {
        if (++b == blocks_.size()) return;
        at = blocks_[b].begin();
      }
      if (!visit(*at)) return;
    }
  }

 private:
  static constexpr std::size_t block_most = 128;
  using Block = std::vector<T>;

  Block& fresh(typename std::vector<Block>::iterator where) {
    Block& block = *blocks_.emplace(where);
    block.reserve(block_most + 1);
    return block;
  }
  /// The last that begins at or before the value; the first if none does.
  [[nodiscard]] std::size_t block_of(const T& value) const {
    const auto after =
        std::ranges::upper_bound(blocks_, value, {}, [](const Block& block) -> const T& { return block.front(); });
    return after == blocks_.begin() ? 0 : static_cast<std::size_t>(after - blocks_.begin()) - 1;
  }

  std::vector<Block> blocks_;
};

}  // namespace mingyue::sched
