#pragma once

#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "base/time.hpp"
#include "sched/sorted_blocks.hpp"
#include "sched/waiting_line.hpp"

/// Waiting jobs of one shape that have a promise, in their order and by promise; answers "who is the first that a hole
/// would let start earlier". Blocks of at most 128 in the order of the line, each with its last promise among the jobs
/// up to each of 96 lengths: mostly some hundred nanoseconds with 50,000 in line.
namespace mingyue::sched {

class PromisedLine {
 public:
  using Place = WaitingLine::Place;
  struct Entry {
    Place place;
    Duration wall;
    Instant promised;
    std::int32_t slot = 0;  ///< the caller's own
  };

  void add(const Entry& entry);
  void remove(Place place);                  ///< must be there
  void move(Place place, Instant promised);  ///< must be there
  void clear();
  [[nodiscard]] bool empty() const { return by_promise_.empty(); }

  /// Room that has come free from `from` on.
  struct Hole {
    Instant from;
    Duration wall_most;  ///< what fits into it
    Instant slides;      ///< what is promised by then only has to move forward: it fits whatever its length
  };
  /// The first entry, not before `place`, that would start earlier with this hole.
  [[nodiscard]] const Entry* first_to_gain(const Hole& hole, Place place) const;

  /// The earliest promise; `never` if there is none.
  [[nodiscard]] Instant first_due() const { return empty() ? never : std::get<0>(by_promise_.first()); }
  /// Those promised for `by` or before, by promise.
  template <class Visit>
  void each_due(Instant by, Visit visit) const {
    if (first_due() > by) return;
    by_promise_.each_from(by_promise_.first(), [&](const ByPromise& one) {
      if (std::get<0>(one) > by) return false;
      visit(std::get<1>(one), std::get<2>(one));
      return true;
    });
  }

 private:
  static constexpr std::size_t lengths = 96;
  using ByPromise = std::tuple<Instant, Place, std::int32_t>;
  static std::size_t length_of(Duration wall);
  [[nodiscard]] std::size_t block_of(Place place) const;
  [[nodiscard]] std::vector<Entry>::iterator find(std::size_t block, Place place);
  [[nodiscard]] const Entry* first_that_fits(const Hole& hole, Place place) const;
  void widen(std::size_t block, const Entry& entry);
  void measure(std::size_t block);

  std::vector<std::vector<Entry>> blocks_;
  /// By length and block: the last promise of those that are at most so long.
  std::array<std::vector<Instant>, lengths> last_;
  SortedBlocks<ByPromise> by_promise_;
};

}  // namespace mingyue::sched
