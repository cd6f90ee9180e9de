#pragma once

#include <span>
#include <utility>
#include <vector>

#include "quantum/simulate_inside.hpp"

/// All shots of a Clifford circuit without branches from one run, with a coin for each open outcome. Only the
/// simulators include this.
namespace mingyue::quantum {

struct Coins {
  /// In the order of the program: what is measured into a bit on the way, then the final measurements.
  std::vector<std::pair<Bit, Parity>> outcomes;
  int count = 0;
};
[[nodiscard]] Coins run_with_coins(const Program& program, const TableauMachine::Shared& clifford);

/// Whether the parity is odd when the coins fell so.
[[nodiscard]] inline bool is_odd(const Parity& parity, std::span<const std::uint64_t> thrown) {
  std::uint64_t odd = 0;
  for (std::size_t i = 0; i < parity.coins.size(); ++i) odd ^= parity.coins[i] & thrown[i];
  return ((std::popcount(odd) & 1) != 0) != parity.constant;
}

}  // namespace mingyue::quantum
