#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "sched/count_profile.hpp"

/// The holes of all bins of one kind in which one size of part fits, by when they begin; answers "the earliest start of
/// something so long". A hole that lasts until its bin closes may go on for as long as a whole node is free then.
///
/// Kept as blocks of at most 128 holes. Each block knows how far its holes reach at most and how long the longest is,
/// as upper bounds: whole nodes are mostly taken, so what a hole can reach is measured when it is put in, and again
/// when a search has looked at it in vain. A search costs O(blocks + 128): about a microsecond with 30,000 holes.
namespace mingyue::sched {

struct Hole {
  Instant from;
  Instant until;      ///< not free any more
  bool last = false;  ///< until its bin closes
  std::int32_t bin = 0;
};

class HoleIndex {
 public:
  /// `reach`: until when it could be used, if whole nodes keep its bin open.
  void insert(const Hole& hole, Instant reach);
  void erase(Instant from, std::int32_t bin);  ///< must be there
  void clear() { blocks_.clear(); }

  struct Found {
    Instant at = never;
    std::int32_t bin = -1;
  };
  /// The earliest start in a hole, not before `from` and before `before`; of equals the hole that began first. `whole`
  /// counts the whole nodes with which bins are kept open.
  [[nodiscard]] Found find(Instant from, Duration wall, Instant before, const CountProfile& whole);

  /// Where the first hole begins that lasts until its bin closes, in [from, to); `never` if there is none.
  [[nodiscard]] Instant first_closing(Instant from, Instant to) const;

  /// Whole nodes were given back over [from, to): bins that close then may reach further, at most `reach`.
  void give(Instant from, Instant to, Instant reach);

 private:
  struct Entry {
    Instant from;
    Instant closes;  ///< `until` of a hole that is the last of its bin; else never
    Instant reach;   ///< an upper bound
    std::int32_t bin = 0;
  };
  struct Block {
    std::vector<Entry> entries;
    Instant reach_most;
    Duration length_most;
    Instant closes_most;        ///< of the last holes
    Instant give_from = never;  ///< bins that close in between may reach further than the entries say
    Instant give_to{0};
  };
  static void measure(Block& block);
  static void settle(Block& block, const CountProfile& whole);
  [[nodiscard]] std::size_t block_of(Instant from, std::int32_t bin) const;

  std::vector<Block> blocks_;
};

}  // namespace mingyue::sched
