#include <algorithm>

#include "base/invariant.hpp"
#include "sched/line_nodes.hpp"

/// What LineNodes promises, and takes back.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
constexpr int starts_tried_max = 32;
}  // namespace

/// The earliest start of a part in this bin before `before`; `before` if there is none.
Instant LineNodes::earliest_in(const Kind& kind, const Bin& bin, const Demand& demand, Duration wall, Instant from,
                               Instant before) {
  const auto good = [&](Instant t) {
    if (t >= bin.closes || bin.fits_until(t, demand.part) < std::min(t + wall, bin.closes)) return false;
    return t + wall <= bin.closes || kind.whole.least(bin.closes, t + wall) >= demand.whole + 1;
  };
  Instant best = before;
  const Instant first = std::max(from, bin.opens);
  if (first < best && good(first)) best = first;
  for (const BinHold& hold : bin.holds) {
    if (hold.to > first && hold.to < best && good(hold.to)) best = hold.to;
  }
  return best;
}

LineNodes::Spot LineNodes::earliest(const Demand& demand, Duration wall, Instant from, Instant before,
                                    std::span<const std::int32_t> avoid) const {
  const Kind& kind = kinds_[at(demand.kind)];
  Spot best{before, -1};
  const Instant alone = kind.whole.earliest(from, wall, demand.nodes());
  if (alone < best.at) best.at = alone;
  if (demand.whole == 0) {
    const auto look = [&](std::int32_t n, const Bin& bin) {
      if (!avoid.empty() && std::ranges::find(avoid, n) != avoid.end()) return;
      const Instant t = earliest_in(kind, bin, demand, wall, from, best.at);
      if (t < best.at) best = {t, n};
    };
    for (const std::int32_t n : kind.nodes) {
      const Node& node = nodes_[at(n)];
      if (!node.bin.holds.empty() && node.available && fits(demand.part, node.is.total)) look(n, node.bin);
    }
    for (std::size_t i = 0; i < opened_.size(); ++i) {
      if (opened_[i].kind == demand.kind) look(static_cast<std::int32_t>(nodes_.size() + i), opened_[i].bin);
    }
  }
  if (best.at == before) best = {never, -1};
  return best;
}

Bin& LineNodes::bin_of(std::int32_t bin) {
  return at(bin) < nodes_.size() ? nodes_[at(bin)].bin : opened_[at(bin) - nodes_.size()].bin;
}

void LineNodes::book(JobNumber job, const Demand& demand, Duration wall, const Spot& spot) {
  CountProfile& whole = kinds_[at(demand.kind)].whole;
  const Instant end = spot.at + wall;
  const BinHold hold{spot.at, end, demand.part, job, true};
  Promised one{.job = job, .kind = demand.kind, .count = demand.nodes(), .from = spot.at, .to = end};
  if (spot.bin >= 0) {
    Bin& bin = bin_of(spot.bin);
    one.bin = spot.bin;
    one.count = end > bin.closes ? 1 : 0;
    one.from = std::min(bin.closes, end);
    bin.hold(hold);
  } else if (demand.whole == 0) {
    one.bin = static_cast<std::int32_t>(nodes_.size() + opened_.size());
    opened_.push_back({demand.kind, Bin{.opens = spot.at, .total = kinds_[at(demand.kind)].total}});
    opened_.back().bin.hold(hold);
  }
  whole.add(one.from, one.to, -one.count);
  promised_.push_back(one);
}

/// What has started in a bin meanwhile, within the time that a promise kept it open, keeps it open now.
void LineNodes::undo(std::size_t promises) {
  for (std::size_t i = promised_.size(); i-- > promises;) {
    const Promised& one = promised_[i];
    Instant from = one.from;
    if (one.bin >= 0) {
      Bin& bin = bin_of(one.bin);
      const auto last = std::find_if(bin.holds.rbegin(), bin.holds.rend(),
                                     [&](const BinHold& hold) { return hold.promised && hold.job == one.job; });
      INVARIANT(last != bin.holds.rend(), "a promise of job {} is not in its bin", one.job);
      bin.holds.erase(std::next(last).base());
      bin.closes = now_;
      for (const BinHold& hold : bin.holds) bin.closes = std::max(bin.closes, hold.to);
      if (at(one.bin) < nodes_.size()) from = std::max(from, bin.closes);
      if (at(one.bin) + 1 == nodes_.size() + opened_.size() && bin.holds.empty()) opened_.pop_back();
    }
    kinds_[at(one.kind)].whole.add(from, one.to, one.count);
  }
  promised_.resize(promises);
}

void LineNodes::take_back() { undo(0); }

Instant LineNodes::promise(JobNumber job, const Demand& demand, Duration wall, Instant from) {
  const Spot spot = earliest(demand, wall, from);
  if (spot.at != never) book(job, demand, wall, spot);
  return spot.at;
}

// --- several demands at once ---

bool LineNodes::book_all(JobNumber job, const Request& request, Duration wall, Instant start) {
  const std::size_t before = promised_.size();
  std::vector<std::int32_t> used;
  for (const Demand& demand : request.parts) {
    const Spot spot = earliest(demand, wall, start, start + milliseconds(1), used);
    if (spot.at == never) {
      undo(before);
      return false;
    }
    book(job, demand, wall, spot);
    if (request.apart && promised_.back().bin >= 0) used.push_back(promised_.back().bin);
  }
  return true;
}

void LineNodes::book_alone(JobNumber job, const Request& request, Duration wall, Instant start) {
  for (const Demand& demand : request.parts) book(job, demand, wall, {start, -1});
}

/// How many nodes of each kind the request needs for itself.
std::vector<std::pair<std::int32_t, std::int32_t>> LineNodes::nodes_by_kind(const Request& request,
                                                                            bool parts_too) const {
  std::vector<std::pair<std::int32_t, std::int32_t>> nodes;
  for (const Demand& demand : request.parts) {
    // Beside whole nodes, a part has a node of its own.
    const std::int32_t own = parts_too || demand.whole > 0 ? demand.nodes() : 0;
    const auto same = std::ranges::find_if(nodes, [&](const auto& one) { return one.first == demand.kind; });
    if (same == nodes.end()) {
      nodes.emplace_back(demand.kind, own);
    } else {
      same->second += own;
    }
  }
  return nodes;
}

Instant LineNodes::count_fits(const std::vector<std::pair<std::int32_t, std::int32_t>>& nodes, Duration wall,
                              Instant from) const {
  Instant start = from;
  for (std::size_t same = 0, k = 0; same < nodes.size() && start != never; k = (k + 1) % nodes.size()) {
    const Instant next = kinds_[at(nodes[k].first)].whole.earliest(start, wall, nodes[k].second);
    same = next == start ? same + 1 : 1;
    start = next;
  }
  return start;
}

/// The next instant at which room may come free that such a request could use.
Instant LineNodes::next_change(const Request& request, Instant after) const {
  Instant next = never;
  const auto look = [&](const Bin& bin) {
    for (const BinHold& hold : bin.holds) {
      if (hold.to > after) next = std::min(next, hold.to);
    }
  };
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const auto asks = [&](const Demand& demand) { return at(demand.kind) == k; };
    if (std::ranges::none_of(request.parts, asks)) continue;
    next = std::min(next, kinds_[k].whole.next_step(after));
    for (const std::int32_t n : kinds_[k].nodes) look(nodes_[at(n)].bin);
    for (const Opened& opened : opened_) {
      if (at(opened.kind) == k) look(opened.bin);
    }
  }
  return next;
}

Instant LineNodes::promise(JobNumber job, const Request& request, Duration wall, Instant from) {
  const bool parts = std::ranges::any_of(request.parts, [](const Demand& d) { return d.whole == 0; });
  const auto own = nodes_by_kind(request, true);
  const Instant alone = count_fits(own, wall, from);
  if (!parts) {
    if (alone != never) book_alone(job, request, wall, alone);
    return alone;
  }
  const auto least = nodes_by_kind(request, false);
  Instant start = from;
  for (int tries = 0; tries < starts_tried_max; ++tries) {
    // Where each of them fits by itself, and the whole nodes fit together.
    for (Instant was = Instant{-1}; start < alone && start != was;) {
      was = start;
      start = count_fits(least, wall, start);
      for (const Demand& demand : request.parts) {
        if (start < alone) start = earliest(demand, wall, start).at;
      }
    }
    if (start >= alone) break;
    if (book_all(job, request, wall, start)) return start;
    start = next_change(request, start);
  }
  if (alone != never) {
    book_alone(job, request, wall, alone);
    return alone;
  }
  // There are fewer nodes than parts: they fit on what there is once everything else has ended, or never.
  Instant last = from;
  for (const Kind& kind : kinds_) last = std::max(last, kind.whole.last_step());
  return book_all(job, request, wall, last) ? last : never;
}

Instant LineNodes::earliest(JobNumber job, const Request& request, Duration wall, Instant from) {
  const std::size_t before = promised_.size();
  const Instant start = promise(job, request, wall, from);
  undo(before);
  return start;
}

}  // namespace mingyue::sched
