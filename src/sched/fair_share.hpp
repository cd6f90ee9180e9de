#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sched/snapshot.hpp"

namespace mingyue::sched {

/// 1000 × 2^(-x / 2^20), rounded to the nearest whole number, in integers only. 1000 for x <= 0.
[[nodiscard]] std::int64_t half_power(std::int64_t x);

/// Fair-share: how far a user of a project is below what is due to them, from 1000 (no use) over 500 (exactly their
/// share) towards 0.
///
/// The formula is Slurm's classic one (https://slurm.schedmd.com/classic_fair_share.html, after J. Kay and P. Lauder,
/// "A Fair Share Scheduler", CACM 31(1), 1988): F = 2^(-E / S). S is the normalised share, the product of shares /
/// shares of all siblings down the tree. E is the effective usage: on the first level the actual part of all usage,
/// below it E = U + (E_parent - U) × shares / shares of all siblings, so that a project answers in part for its
/// siblings. The last level are the users of a project, with equal shares.
///
/// Use is what the snapshot's decayed usage says, plus, for running work, what it holds (in weighted cores, see
/// `weight()`) times its uncounted run time and the hour to come, or less if it must end sooner. So whoever has just
/// started a hundred jobs is not also first for the next hundred.
///
/// A project whose parent is unknown hangs under the root; so does a project that is not in the list, with one share.
/// Usage is normalised by all usage of the centre. Arithmetic: parts of 2^50, products in 128 bits.
class FairShare {
 public:
  explicit FairShare(const Snapshot& snapshot);

  [[nodiscard]] std::int64_t factor(std::string_view project, std::string_view user) const;

 private:
  static constexpr int one_bits = 50;
  struct Entry {
    std::int64_t usage = 0;                                  ///< of it and everything below
    std::int64_t share = 0;                                  ///< S, in parts of 2^50
    std::int64_t effective = 0;                              ///< E, in parts of 2^50
    std::map<std::string, std::int64_t, std::less<>> users;  ///< usage
  };
  struct Node {
    std::string parent;
    std::int64_t shares = 1;
  };
  void add_usage(const Snapshot& snapshot);
  void settle(const std::map<std::string, Node, std::less<>>& tree);
  [[nodiscard]] std::int64_t part_of_all(std::int64_t usage) const;

  std::map<std::string, Entry, std::less<>> projects_;
  std::int64_t usage_of_all_ = 0;
};

}  // namespace mingyue::sched
