#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "base/describe.hpp"
#include "base/invariant.hpp"

namespace mingyue::core {

/// A set of slots, cores or cards of a node, by index from 0. Takes the lowest first, so that a lease is the same on
/// every machine.
struct Slots {
  std::int32_t size = 0;
  std::int32_t count = 0;  ///< members
  std::vector<std::uint64_t> words;

  [[nodiscard]] static Slots all(std::int32_t size) {
    Slots slots{.size = size, .count = size, .words = std::vector<std::uint64_t>((size + 63) / 64, ~std::uint64_t{0})};
    if (size % 64 != 0) slots.words.back() = (std::uint64_t{1} << (size % 64)) - 1;
    return slots;
  }
  [[nodiscard]] bool has(std::int32_t i) const { return i >= 0 && i < size && (words[i / 64] >> (i % 64) & 1) != 0; }
  void add(std::int32_t i) {
    INVARIANT(i >= 0 && i < size && !has(i), "slot {} of {} is given back twice", i, size);
    words[i / 64] |= std::uint64_t{1} << (i % 64);
    ++count;
  }
  void remove(std::int32_t i) {
    INVARIANT(has(i), "slot {} of {} is taken twice", i, size);
    words[i / 64] &= ~(std::uint64_t{1} << (i % 64));
    --count;
  }
  /// The `n` lowest members, removed. n ≤ count.
  [[nodiscard]] std::vector<std::int32_t> take_lowest(std::int32_t n) {
    INVARIANT(n <= count, "{} slots asked, {} are there", n, count);
    std::vector<std::int32_t> taken;
    taken.reserve(n);
    for (std::size_t w = 0; n > 0; ++w) {
      while (words[w] != 0 && n > 0) {
        const int bit = std::countr_zero(words[w]);
        taken.push_back(static_cast<std::int32_t>(w * 64) + bit);
        words[w] &= words[w] - 1;
        --n;
        --count;
      }
    }
    return taken;
  }
  friend bool operator==(const Slots&, const Slots&) = default;
};
DESCRIBE(Slots, size, count, words)

}  // namespace mingyue::core
