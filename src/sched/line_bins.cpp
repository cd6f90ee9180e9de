#include <algorithm>

#include "base/invariant.hpp"
#include "sched/line_nodes.hpp"

/// The bins of LineNodes: their holes in the index, and what becomes of a bin when something leaves it.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

Bin& LineNodes::bin_of(std::int32_t bin) {
  return is_node(bin) ? nodes_[at(bin)].bin : opened_[at(bin) - nodes_.size()].bin;
}

std::int32_t LineNodes::kind_of(std::int32_t bin) const {
  return is_node(bin) ? nodes_[at(bin)].is.kind : opened_[at(bin) - nodes_.size()].kind;
}

/// What is free in the bin over time, into steps_.
void LineNodes::spread(const Bin& bin) {
  steps_.clear();
  ends_.clear();
  for (const BinHold& hold : bin.holds) ends_.emplace_back(hold.to, hold.room);
  std::ranges::sort(ends_, {}, [](const auto& one) { return one.first; });
  Room free = bin.total;
  std::size_t e = 0;
  const auto step = [&](Instant t) {
    if (steps_.empty() || steps_.back().at != t)
      steps_.push_back({t, free});
    else
      steps_.back().free = free;
  };
  for (const BinHold& hold : bin.holds) {
    for (; ends_[e].first <= hold.from; ++e) free += ends_[e].second, step(ends_[e].first);
    free -= hold.room;
    step(hold.from);
  }
  for (; e < ends_.size(); ++e) free += ends_[e].second, step(ends_[e].first);
}

/// The same once this is in the bin too. It begins while the bin is open.
void LineNodes::spread_too(const BinHold& hold) {
  const auto cut = [&](Instant t) {
    const auto after = std::ranges::upper_bound(steps_, t, {}, &Step::at);
    const Step before = *std::prev(after);  // the last has all of the bin free: it may be open longer now
    return before.at == t ? std::prev(after) : steps_.insert(after, {t, before.free});
  };
  cut(hold.to);
  for (auto step = cut(hold.from); step->at < hold.to; ++step) step->free -= hold.room;
}

void LineNodes::index_holes(std::int32_t n) {
  if (!many_) return;
  const Bin& bin = bin_of(n);
  Kind& kind = kinds_[at(kind_of(n))];
  if (!is_node(n) && bin.holds.size() == 1) kind.singles.emplace(bin.opens, n);
  if (bin.holds.empty() || kind.sizes.empty() || (is_node(n) && !nodes_[at(n)].available)) return;
  spread(bin);
  const Instant reach = kind.whole.until_below(bin.closes, 1);
  for (std::size_t size = 0; size < kind.sizes.size(); ++size) index_size(kind, size, n, reach);
}

/// The holes of this size of the bin that is spread out.
void LineNodes::index_size(Kind& kind, std::size_t size, std::int32_t n, Instant reach) {
  if (at(n) >= indexed_.size()) indexed_.resize(nodes_.size() + opened_.size());
  each_hole(bin_of(n), kind.sizes[size].room, [&](Hole hole) {
    hole.bin = n;
    kind.sizes[size].holes.insert(hole, reach);
    indexed_[at(n)].push_back({static_cast<std::uint32_t>(size), hole.from});
  });
}

void LineNodes::forget_holes(std::int32_t n) {
  if (!many_) return;
  const Bin& bin = bin_of(n);
  Kind& kind = kinds_[at(kind_of(n))];
  if (!is_node(n) && bin.holds.size() == 1) kind.singles.erase({bin.opens, n});
  if (at(n) >= indexed_.size()) return;
  for (const Indexed& one : indexed_[at(n)]) kind.sizes[one.size].holes.erase(one.from, n);
  indexed_[at(n)].clear();
}

/// Something is promised a place beside what is in the bin. Most of its holes stay as they are, and in the index.
void LineNodes::hold_too(std::int32_t n, const BinHold& hold) {
  Bin& bin = bin_of(n);
  Kind& kind = kinds_[at(kind_of(n))];
  if (many_ && !is_node(n) && bin.holds.size() == 1) kind.singles.erase({bin.opens, n});
  if (!many_ || kind.sizes.empty() || (is_node(n) && !nodes_[at(n)].available)) return bin.hold(hold);
  spread(bin);
  before_.clear();
  std::vector<std::size_t> ends;
  for (const Size& size : kind.sizes) {
    each_hole(bin, size.room, [&](const Hole& hole) { before_.push_back(hole); });
    ends.push_back(before_.size());
  }
  bin.hold(hold);
  spread_too(hold);
  if (at(n) >= indexed_.size()) indexed_.resize(nodes_.size() + opened_.size());
  std::vector<Indexed>& indexed = indexed_[at(n)];
  indexed.clear();
  const Instant reach = kind.whole.until_below(bin.closes, 1);
  std::size_t old = 0;
  for (std::size_t s = 0; s < kind.sizes.size(); ++s) {
    HoleIndex& holes = kind.sizes[s].holes;
    each_hole(bin, kind.sizes[s].room, [&](Hole hole) {
      hole.bin = n;
      indexed.push_back({static_cast<std::uint32_t>(s), hole.from});
      for (; old < ends[s] && before_[old].from < hole.from; ++old) holes.erase(before_[old].from, n);
      if (old < ends[s] && before_[old].from == hole.from) {
        const Hole& was = before_[old++];
        if (was.until == hole.until && was.last == hole.last) return;
        holes.erase(was.from, n);
      }
      holes.insert(hole, reach);
    });
    for (; old < ends[s]; ++old) holes.erase(before_[old].from, n);
  }
}

LineNodes::Size& LineNodes::size_of(std::int32_t k, const Room& part) {
  Kind& kind = kinds_[at(k)];
  for (Size& size : kind.sizes) {
    if (size.room == part) return size;
  }
  kind.sizes.emplace_back(Size{.room = part});
  const auto add = [&](std::int32_t n, const Bin& bin) {
    if (bin.holds.empty()) return;
    spread(bin);
    index_size(kind, kind.sizes.size() - 1, n, kind.whole.until_below(bin.closes, 1));
  };
  for (const std::int32_t n : kind.nodes) {
    if (nodes_[at(n)].available) add(n, nodes_[at(n)].bin);
  }
  for (std::size_t i = 0; i < opened_.size(); ++i) {
    if (opened_[i].kind == k) add(static_cast<std::int32_t>(nodes_.size() + i), opened_[i].bin);
  }
  return kind.sizes.back();
}

/// Something has left the bin that was there over [from, to), or was.
void LineNodes::note_gain(std::int32_t n, Instant from, Instant to) {
  const Bin& bin = bin_of(n);
  if (!many_ || bin.holds.empty() || (is_node(n) && !nodes_[at(n)].available)) return;
  const std::int32_t k = kind_of(n);
  spread(bin);
  for (const Size& size : kinds_[at(k)].sizes) {
    each_hole(bin, size.room, [&](const Hole& hole) {
      if (hole.until <= from || hole.from >= to) return;
      const Instant until = hole.last ? kinds_[at(k)].whole.until_below(hole.until, 1) : hole.until;
      gains_.parts.push_back({k, size.room, hole.from, until});
    });
  }
  for (const BinHold& hold : bin.holds) {
    if (!hold.promised() || hold.from <= std::max(from, bin.opens) || hold.from > to) continue;
    each_hole(bin, hold.room, [&](const Hole& hole) {
      if (hole.from < hold.from && hold.from <= hole.until) gains_.slides.emplace_back(hold.job, hole.from);
    });
  }
}

/// A bin on a node that is not yet named. It is counted by the caller.
std::int32_t LineNodes::open(std::int32_t kind, Bin bin) {
  std::int32_t i = static_cast<std::int32_t>(opened_.size());
  if (free_opened_.empty()) {
    opened_.emplace_back();
  } else {
    i = free_opened_.back();
    free_opened_.pop_back();
  }
  const auto n = static_cast<std::int32_t>(nodes_.size()) + i;
  for (const BinHold& hold : bin.holds) {
    if (hold.promised()) promised_[at(hold.promise)].bin = n;
  }
  opened_[at(i)] = {kind, std::move(bin)};
  index_holes(n);
  return n;
}

/// After holds have left the bin (its holes are forgotten already): it is open no longer than something is in it. What
/// is promised after a time in which nothing is becomes a bin of its own, on a node to be named; and if nothing runs in
/// it any more, so is all that is promised in it.
void LineNodes::settle(std::int32_t n) {
  Bin bin = std::move(bin_of(n));
  bin_of(n) = Bin{.opens = bin.opens, .closes = now_, .total = bin.total};
  const std::int32_t k = kind_of(n);
  const bool counted = !is_node(n) || nodes_[at(n)].available;
  Instant given = std::max(now_, bin.opens);  // what comes from then on is given back, where it is not used
  bool kept = false;
  for (std::size_t first = 0; first < bin.holds.size();) {
    std::size_t last = first;
    bool runs = false;
    Instant closes = bin.holds[first].to;
    for (; last < bin.holds.size() && bin.holds[last].from <= closes; ++last) {
      closes = std::max(closes, bin.holds[last].to);
      runs = runs || !bin.holds[last].promised();
    }
    Bin part{.opens = runs ? bin.opens : bin.holds[first].from, .closes = closes, .total = bin.total};
    part.holds.assign(bin.holds.begin() + static_cast<std::ptrdiff_t>(first),
                      bin.holds.begin() + static_cast<std::ptrdiff_t>(last));
    const Instant from = std::max(now_, part.opens);
    if (counted && from > given) give(k, given, from, 1);
    given = closes;
    if (runs || (!is_node(n) && !kept)) {
      bin_of(n) = std::move(part);
      kept = true;
      index_holes(n);
      note_gain(n, left_from_, left_to_);
    } else {
      if (!counted) kinds_[at(k)].whole.add(from, closes, -1);
      note_gain(open(k, std::move(part)), left_from_, left_to_);
    }
    first = last;
  }
  if (counted && bin.closes > given) give(k, given, bin.closes, 1);
  if (is_node(n)) {
    Node& node = nodes_[at(n)];
    if (!kept && node.available) kinds_[at(k)].empty.insert(node.local);
    index_shared(node);
  } else if (!kept) {
    opened_[at(n) - nodes_.size()] = {};
    free_opened_.push_back(n - static_cast<std::int32_t>(nodes_.size()));
  }
}

/// The node of an opened bin that begins now.
std::int32_t LineNodes::name(std::int32_t bin) {
  if (is_node(bin)) return bin;
  Opened& opened = opened_[at(bin) - nodes_.size()];
  INVARIANT(opened.bin.opens == now_, "a bin is named before or after it opens");
  Kind& kind = kinds_[at(opened.kind)];
  std::vector<std::int32_t> chosen;
  kind.empty.take(1, chosen);
  const std::int32_t n = kind.nodes[at(chosen.front())];
  forget_holes(bin);
  Node& node = nodes_[at(n)];
  node.bin = std::move(opened.bin);
  opened = {};
  free_opened_.push_back(bin - static_cast<std::int32_t>(nodes_.size()));
  for (const BinHold& hold : node.bin.holds) promised_[at(hold.promise)].bin = n;
  index_holes(n);
  return n;
}

}  // namespace mingyue::sched
