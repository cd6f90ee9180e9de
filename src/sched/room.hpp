#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "sched/snapshot.hpp"

/// Arithmetic of Room: several resources at once, each exact.
namespace mingyue::sched {

constexpr Room& operator+=(Room& a, const Room& b) {
  a.cores += b.cores;
  a.memory += b.memory;
  a.cards += b.cards;
  return a;
}

constexpr Room& operator-=(Room& a, const Room& b) {
  a.cores -= b.cores;
  a.memory -= b.memory;
  a.cards -= b.cards;
  return a;
}

[[nodiscard]] constexpr Room operator+(Room a, const Room& b) { return a += b; }
[[nodiscard]] constexpr Room operator-(Room a, const Room& b) { return a -= b; }

[[nodiscard]] constexpr Room operator*(const Room& a, std::int32_t n) {
  return {a.cores * n, a.memory * n, a.cards * n};
}

/// Component by component.
[[nodiscard]] constexpr Room least(const Room& a, const Room& b) {
  return {std::min(a.cores, b.cores), std::min(a.memory, b.memory), std::min(a.cards, b.cards)};
}

[[nodiscard]] constexpr bool fits(const Room& need, const Room& room) {
  return need.cores <= room.cores && need.memory <= room.memory && need.cards <= room.cards;
}

/// How many tasks of `need` fit into `room` side by side, at most `most`. A task that needs nothing fits `most` times.
[[nodiscard]] constexpr std::int32_t times(const Room& need, const Room& room, std::int32_t most) {
  std::int64_t n = most;
  const auto bound = [&n](std::int64_t one, std::int64_t all) {
    if (one > 0) n = std::min(n, std::max<std::int64_t>(all, 0) / one);
  };
  bound(need.cores.raw(), room.cores.raw());
  bound(need.memory.raw(), room.memory.raw());
  bound(need.cards.raw(), room.cards.raw());
  return static_cast<std::int32_t>(n);
}

/// What holding `held` of a node with `total` weighs, in cores: a card counts as its node's cores divided by its node's
/// cards, rounded down once. Fair-share, the size term and unsaved work all use this one weight.
[[nodiscard]] constexpr std::int64_t weight(const Room& total, const Room& held) {
  const std::int64_t cards = total.cards.raw();
  const std::int64_t of_cards = cards > 0 ? std::int64_t{held.cards.raw()} * total.cores.raw() / cards : 0;
  return held.cores.raw() + of_cards;
}

}  // namespace mingyue::sched
