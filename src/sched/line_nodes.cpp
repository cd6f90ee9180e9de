#include "sched/line_nodes.hpp"

#include <algorithm>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

bool has(std::span<const std::int32_t> some, std::int32_t one) {
  return !some.empty() && std::ranges::find(some, one) != some.end();
}

/// A bin that closes then could stay open until ...
Instant open_until(const CountProfile& whole, Instant closes, std::int32_t besides) {
  return whole.until_below(closes, besides + 1);
}

}  // namespace

LineNodes::LineNodes(const std::vector<LineNode>& nodes, Instant now, Promises promises)
    : many_(promises == Promises::many), now_(now), available_(static_cast<std::int32_t>(nodes.size())) {
  std::int32_t kinds = 0;
  for (const LineNode& node : nodes) kinds = std::max(kinds, node.kind + 1);
  kinds_.resize(at(kinds));
  nodes_.reserve(nodes.size());
  std::vector<std::vector<std::int32_t>> leaves(at(kinds));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Kind& kind = kinds_[at(nodes[i].kind)];
    INVARIANT(kind.nodes.empty() || kind.total == nodes[i].total, "nodes of one kind differ");
    kind.total = nodes[i].total;
    nodes_.push_back({.is = nodes[i], .local = static_cast<std::int32_t>(kind.nodes.size())});
    kind.nodes.push_back(static_cast<std::int32_t>(i));
    leaves[at(nodes[i].kind)].push_back(nodes[i].leaf);
  }
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    Kind& kind = kinds_[k];
    kind.empty = EmptyNodes(std::move(leaves[k]));
    kind.shared = SharedLevels(level_of(kind.total, kind.total), kind.nodes.size());
    kind.whole = CountProfile(now, static_cast<std::int32_t>(kind.nodes.size()));
    for (std::size_t i = 0; i < kind.nodes.size(); ++i) kind.empty.insert(static_cast<std::int32_t>(i));
  }
}

std::int32_t LineNodes::empty() const {
  std::int32_t sum = 0;
  for (const Kind& kind : kinds_) sum += kind.empty.size();
  return sum;
}

std::int32_t LineNodes::empty(std::int32_t kind) const { return kinds_[at(kind)].empty.size(); }

bool LineNodes::ever_fits(const Demand& demand) const {
  return demand.nodes() <= static_cast<std::int32_t>(kinds_[at(demand.kind)].nodes.size());
}

bool LineNodes::ever_fits(const Request& request) const {
  std::vector<std::int32_t> all(kinds_.size());
  for (const Node& node : nodes_) ++all[at(node.is.kind)];
  return fits_on(std::move(all), request);
}

std::int64_t LineNodes::width(const Demand& demand) const {
  constexpr std::int64_t node = 1024;
  const Room& total = kinds_[at(demand.kind)].total;
  const std::int64_t part = level_of(total, demand.part) * node / std::max(1, level_of(total, total));
  return demand.whole * node + part;
}

std::int64_t LineNodes::width(const Request& request) const {
  std::int64_t sum = 0;
  for (const Demand& demand : request.parts) sum += width(demand);
  return sum;
}

bool LineNodes::fits_now(const Request& request) const {
  std::vector<std::int32_t> available(kinds_.size());
  for (const Node& node : nodes_) available[at(node.is.kind)] += node.available ? 1 : 0;
  return fits_on(std::move(available), request);
}

bool LineNodes::fits_on(std::vector<std::int32_t> left, const Request& request) const {
  std::vector<std::pair<std::int32_t, Room>> shared;  // nodes with what is left of each
  for (const Demand& demand : request.parts) {
    left[at(demand.kind)] -= demand.whole;
    if (!demand.has_part()) continue;
    const auto beside = std::ranges::find_if(
        shared, [&](const auto& one) { return one.first == demand.kind && fits(demand.part, one.second); });
    if (beside != shared.end() && !request.apart) {
      beside->second -= demand.part;
      continue;
    }
    const Room& total = kinds_[at(demand.kind)].total;
    if (!fits(demand.part, total)) return false;
    --left[at(demand.kind)];
    shared.emplace_back(demand.kind, total - demand.part);
  }
  return std::ranges::all_of(left, [](std::int32_t n) { return n >= 0; });
}

void LineNodes::close(std::int32_t k, const Closed& times) {
  Kind& kind = kinds_[at(k)];
  INVARIANT(kind.closed.empty() && kind.empty.size() == static_cast<std::int32_t>(kind.nodes.size()),
            "nodes are closed while they are in use");
  kind.closed = times;
  for (const auto& [from, to] : times) kind.whole.add(from, to, -kind.empty.size());
}

Instant LineNodes::next_opening() const {
  Instant next = never;
  for (const Kind& kind : kinds_) {
    for (const auto& [from, to] : kind.closed) {
      if (to > now_) next = std::min(next, to);
    }
  }
  return next;
}

// --- what happens ---

/// Shared nodes are indexed by what is free in them now; one with nothing left is in no index.
void LineNodes::index_shared(Node& node) {
  std::int32_t level = -1;
  if (node.available && !node.bin.holds.empty()) {
    const Room free = node.bin.free_of_running();
    if (free != Room{}) level = level_of(node.is.total, free);
  }
  if (level == node.level) return;
  Kind& kind = kinds_[at(node.is.kind)];
  if (node.level >= 0) kind.shared.erase(node.level, node.local);
  if (level >= 0) kind.shared.insert(level, node.local);
  node.level = level;
}

/// From when on the node gives one to its kind's count.
Instant LineNodes::empty_from(const Node& node) const {
  return node.bin.holds.empty() ? now_ : std::max(now_, node.bin.closes);
}

void LineNodes::move(Move& open, const Move& one) {
  if (open.nodes > 0 && open.kind == one.kind && open.was == one.was && open.is == one.is) {
    open.nodes += one.nodes;
    return;
  }
  flush(open);
  open = one;
}

void LineNodes::flush(Move& open) {
  if (open.nodes > 0 && open.is > open.was) count(kinds_[at(open.kind)], open.was, open.is, -open.nodes);
  if (open.nodes > 0 && open.is < open.was) give(open.kind, open.is, open.was, open.nodes);
  open.nodes = 0;
}

/// Adds to the count of whole nodes while they are not closed.
void LineNodes::count(Kind& kind, Instant from, Instant to, std::int32_t nodes) {
  each_open(kind.closed, from, to, [&](Instant begin, Instant end) { kind.whole.add(begin, end, nodes); });
}

/// Whole nodes are free again over [from, to), while they are not closed.
void LineNodes::give(std::int32_t k, Instant from, Instant to, std::int32_t nodes) {
  each_open(kinds_[at(k)].closed, std::max(from, now_), to,
            [&](Instant begin, Instant end) { give_open(k, begin, end, nodes); });
}

void LineNodes::give_open(std::int32_t k, Instant from, Instant to, std::int32_t nodes) {
  Kind& kind = kinds_[at(k)];
  from = std::max(from, now_);
  if (from >= to) return;
  kind.whole.add(from, to, nodes);
  if (!many_) return;
  gains_.nodes.push_back({k, from, to, nodes});
  const Instant since = kind.whole.since_at_least(from, 1);
  const Instant reach = std::max(to, kind.whole.until_below(to - milliseconds(1), 1));
  for (Size& size : kind.sizes) size.holes.give(since, to, reach);
}

void LineNodes::advance(Instant now) {
  now_ = now;
  for (Kind& kind : kinds_) kind.whole.advance(now);
}

void LineNodes::run(JobNumber job, const Taken& taken, Instant end) {
  Node& node = nodes_[at(taken.node)];
  Kind& kind = kinds_[at(node.is.kind)];
  const Instant was = empty_from(node);
  forget_holes(taken.node);
  if (node.bin.holds.empty()) {
    node.bin.opens = now_;
    node.bin.total = node.is.total;
    if (node.available) kind.empty.erase(node.local);
  }
  node.bin.hold({now_, end, taken.room, job});
  if (node.available && end > was) count(kind, was, end, -1);
  index_shared(node);
  index_holes(taken.node);
  broken_ = many_;
}

void LineNodes::release(JobNumber job, std::span<const std::int32_t> nodes, Instant now) {
  now_ = std::max(now_, now);
  Move open;
  for (const std::int32_t n : nodes) {
    Node& node = nodes_[at(n)];
    const auto its = [&](const BinHold& hold) { return hold.job == job && !hold.promised(); };
    const Instant was = empty_from(node);
    if (many_) {
      if (std::ranges::none_of(node.bin.holds, its)) continue;
      forget_holes(n);
      left_from_ = now_;
      left_to_ = node.bin.closes;
    }
    if (std::erase_if(node.bin.holds, its) == 0) continue;
    if (many_ && std::ranges::any_of(node.bin.holds, &BinHold::promised)) {
      settle(n);
      continue;
    }
    node.bin.closes = now_;
    for (const BinHold& hold : node.bin.holds) node.bin.closes = std::max(node.bin.closes, hold.to);
    if (many_) {
      index_holes(n);
      note_gain(n, left_from_, left_to_);
    }
    if (!node.available) continue;
    move(open, {node.is.kind, was, empty_from(node), 1});
    if (node.bin.holds.empty()) kinds_[at(node.is.kind)].empty.insert(node.local);
    index_shared(node);
  }
  flush(open);
}

void LineNodes::prolong(JobNumber job, std::span<const std::int32_t> nodes, Instant end) {
  Move open;
  for (const std::int32_t n : nodes) {
    Node& node = nodes_[at(n)];
    const Instant was = empty_from(node);
    forget_holes(n);
    for (BinHold& hold : node.bin.holds) {
      if (hold.job == job && !hold.promised()) hold.to = end;
    }
    node.bin.closes = std::max(node.bin.closes, end);
    index_holes(n);
    if (many_) {
      for (const BinHold& hold : node.bin.holds) {
        if (hold.promised() && hold.from < end && !fits(Room{}, node.bin.free_at(hold.from))) broken_ = true;
      }
    }
    if (node.available) move(open, {node.is.kind, was, empty_from(node), 1});
  }
  flush(open);
  for (std::size_t k = 0; many_ && k < kinds_.size(); ++k) {
    broken_ = broken_ || fewer_than(static_cast<std::int32_t>(k), 0, now_, end);
  }
}

void LineNodes::set_available(std::int32_t n, bool available, Instant now) {
  now_ = std::max(now_, now);
  Node& node = nodes_[at(n)];
  if (node.available == available) return;
  available_ += available ? 1 : -1;
  Kind& kind = kinds_[at(node.is.kind)];
  const bool empty = node.bin.holds.empty();
  if (available) {
    node.available = true;
    give(node.is.kind, empty_from(node), never, 1);
    if (empty) kind.empty.insert(node.local);
    index_holes(n);
    note_gain(n, now_, node.bin.closes);
  } else {
    forget_holes(n);
    if (empty) kind.empty.erase(node.local);
    count(kind, empty_from(node), never, -1);
    node.available = false;
    broken_ = broken_ ||
              (many_ && (std::ranges::any_of(node.bin.holds, &BinHold::promised) || kind.whole.least(now_, never) < 0));
  }
  index_shared(node);
}

// --- starting ---

Instant LineNodes::may_run_until(const Demand& demand, std::span<const std::int32_t> avoid) const {
  const Kind& kind = kinds_[at(demand.kind)];
  Instant until = never;
  if (demand.whole > 0) {
    if (demand.whole > kind.empty.size()) return now_;
    until = kind.whole.until_below(now_, demand.whole);
    if (until <= now_) return now_;
  }
  if (!demand.has_part()) return until;
  Instant part = now_;
  if (kind.empty.size() > demand.whole) part = std::max(part, kind.whole.until_below(now_, demand.whole + 1));
  if (part >= until) return until;  // no bin could let it run longer
  Instant closes = now_;            // without promises, the bin that closes last is the best
  kind.shared.from(level_of(kind.total, demand.part), [&](std::int32_t local) {
    const std::int32_t n = kind.nodes[at(local)];
    const Bin& bin = nodes_[at(n)].bin;
    const Instant fitting = has(avoid, n) ? now_ : bin.fits_until(now_, demand.part);
    if (fitting == never)
      closes = std::max(closes, bin.closes);
    else if (fitting > now_)
      part = std::max(part, std::min(fitting, open_until(kind.whole, bin.closes, demand.whole)));
    return false;
  });
  if (closes > now_) part = std::max(part, open_until(kind.whole, closes, demand.whole));
  return std::min(until, part);
}

void LineNodes::start(JobNumber job, const Demand& demand, Instant end, std::vector<std::int32_t>& chosen,
                      std::span<const std::int32_t> avoid) {
  Kind& kind = kinds_[at(demand.kind)];
  const std::int32_t shared = demand.has_part() ? choose_bin(kind, demand, end, avoid) : -1;
  const std::int32_t named = demand.nodes() - (shared >= 0 ? 1 : 0);
  const std::size_t first = chosen.size();
  chosen.reserve(first + at(demand.nodes()));
  kind.empty.take(named, chosen);
  for (std::size_t i = first; i < chosen.size(); ++i) {
    chosen[i] = kind.nodes[at(chosen[i])];
    Node& node = nodes_[at(chosen[i])];
    node.bin.opens = now_;
    node.bin.total = node.is.total;
    node.bin.hold({now_, end, i < first + at(demand.whole) ? demand.whole_room : demand.part, job});
    index_shared(node);
  }
  kind.whole.add(now_, end, -named);
  if (shared < 0) return;
  chosen.push_back(shared);
  Node& node = nodes_[at(shared)];
  if (end > node.bin.closes) kind.whole.add(node.bin.closes, end, -1);
  node.bin.hold({now_, end, demand.part, job});
  index_shared(node);
}

/// The shared node for a part that ends then: one that stays open as long anyway, most tightly; else the one that would
/// have to stay open least longer. -1: an empty one.
std::int32_t LineNodes::choose_bin(const Kind& kind, const Demand& demand, Instant end,
                                   std::span<const std::int32_t> avoid) const {
  std::int32_t stays = -1;
  std::int32_t longest = -1;
  Instant closes = now_;
  kind.shared.from(level_of(kind.total, demand.part), [&](std::int32_t local) {
    const std::int32_t n = kind.nodes[at(local)];
    const Bin& bin = nodes_[at(n)].bin;
    if (bin.closes < end && bin.closes <= closes) return false;
    if (has(avoid, n) || bin.fits_until(now_, demand.part) < end) return false;
    if (bin.closes >= end) {
      stays = n;
      return true;
    }
    if (kind.whole.least(bin.closes, end) < demand.whole + 1) return false;
    closes = bin.closes;
    longest = n;
    return false;
  });
  return stays >= 0 ? stays : longest;
}

void LineNodes::check() const {
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const Kind& kind = kinds_[k];
    std::int32_t empty = 0;
    for (const std::int32_t n : kind.nodes) empty += nodes_[at(n)].available && nodes_[at(n)].bin.holds.empty() ? 1 : 0;
    std::int32_t free = empty;
    for (const Opened& one : opened_)
      free -= at(one.kind) == k && one.bin.opens <= now_ && now_ < one.bin.closes ? 1 : 0;
    for (const Promised& one : promised_)
      free -= at(one.demand.kind) == k && one.from <= now_ && now_ < one.to ? one.count : 0;
    if (closed_at(kind.closed, now_)) free = 0;
    INVARIANT(empty == kind.empty.size() && (broken_ || free == kind.whole.at(now_)),
              "{} nodes are empty, {} are indexed, {} free, {} counted", empty, kind.empty.size(), free,
              kind.whole.at(now_));
  }
}

}  // namespace mingyue::sched
