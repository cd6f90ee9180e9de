#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Nodes that are shared, by how much of the leading resource is free in each now: a set of bits for each level.
namespace mingyue::sched {

class SharedLevels {
 public:
  SharedLevels() = default;
  SharedLevels(std::int32_t levels, std::size_t nodes)
      : words_((nodes + 63) / 64), bits_(at(levels + 1) * words_, 0), count_(at(levels + 1), 0) {}
  void insert(std::int32_t level, std::int32_t node) {
    bits_[at(level) * words_ + at(node) / 64] |= 1ULL << (at(node) % 64);
    ++count_[at(level)];
  }
  void erase(std::int32_t level, std::int32_t node) {
    bits_[at(level) * words_ + at(node) / 64] &= ~(1ULL << (at(node) % 64));
    --count_[at(level)];
  }
  /// Visits nodes from this level up, by level and then by number, until `visit` returns true.
  template <class Visit>
  void from(std::int32_t level, Visit visit) const {
    for (std::size_t l = at(level); l < count_.size(); ++l) {
      std::int32_t left = count_[l];
      for (std::size_t w = 0; left > 0 && w < words_; ++w) {
        for (std::uint64_t word = bits_[l * words_ + w]; word != 0; word &= word - 1, --left) {
          if (visit(static_cast<std::int32_t>(w * 64 + static_cast<std::size_t>(__builtin_ctzll(word))))) return;
        }
      }
    }
  }

 private:
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
  std::size_t words_ = 0;
  std::vector<std::uint64_t> bits_;
  std::vector<std::int32_t> count_;
};

}  // namespace mingyue::sched
