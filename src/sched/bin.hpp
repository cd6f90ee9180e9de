#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "sched/room.hpp"

/// A node that is shared: what is in it now and what is promised a place in it. Few at a time (a node has eight cards
/// or some hundred cores), so plain vectors. Something is in it at every instant from when it opens until it closes.
namespace mingyue::sched {

struct BinHold {
  Instant from;
  Instant to;
  Room room;
  std::uint64_t job = 0;
  std::int32_t promise = -1;  ///< the promise that it is of; -1: it runs
  [[nodiscard]] bool promised() const { return promise >= 0; }
};

struct Bin {
  Instant opens;
  Instant closes;  ///< the latest `to` of its holds; a whole node is free again from then on
  Room total;
  std::vector<BinHold> holds;  ///< by when they begin

  [[nodiscard]] Room free_of_running() const {
    Room free = total;
    for (const BinHold& hold : holds) {
      if (!hold.promised()) free -= hold.room;
    }
    return free;
  }

  /// Free at t, between holds that are in force then.
  [[nodiscard]] Room free_at(Instant t) const {
    Room free = total;
    for (const BinHold& hold : holds) {
      if (hold.from <= t && t < hold.to) free -= hold.room;
    }
    return free;
  }

  /// From t on, the first instant at which `need` does not fit; `never` if it fits until the bin closes. t itself if it
  /// does not fit there.
  [[nodiscard]] Instant fits_until(Instant t, const Room& need) const {
    if (!fits(need, free_at(t))) return t;
    Instant until = never;
    for (const BinHold& hold : holds) {  // room only shrinks where a hold begins
      if (hold.from > t && hold.from < until && !fits(need, free_at(hold.from))) until = hold.from;
    }
    return until;
  }

  void hold(const BinHold& one) {
    closes = holds.empty() ? one.to : std::max(closes, one.to);
    auto at = holds.end();
    while (at != holds.begin() && std::prev(at)->from > one.from) --at;
    holds.insert(at, one);
  }
};

}  // namespace mingyue::sched
