#include "sched/line_planner.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "base/invariant.hpp"
#include "sched/bin.hpp"
#include "sched/count_profile.hpp"
#include "sched/empty_nodes.hpp"
#include "sched/line_order.hpp"
#include "sched/waiting_line.hpp"

namespace mingyue::sched {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

constexpr std::array<std::pair<std::string_view, Backfill>, 5> policy_names{{{"fcfs", Backfill::fcfs},
                                                                             {"easy", Backfill::easy},
                                                                             {"easy-sjbf", Backfill::easy_sjbf},
                                                                             {"conservative", Backfill::conservative},
                                                                             {"aged", Backfill::aged}}};

/// The resource by which shared nodes are kept: cards where there are any, else cores.
std::int32_t level_of(const Room& total, const Room& room) {
  return total.cards > CardCount{0} ? room.cards.raw() : room.cores.raw();
}

struct DemandHash {
  std::size_t operator()(const Demand& d) const {
    std::uint64_t h = 0;
    const auto mix = [&h](std::int64_t n) {
      h = (h ^ static_cast<std::uint64_t>(n)) * 0x9e3779b97f4a7c15ULL, h ^= h >> 29;
    };
    mix(d.kind), mix(d.whole);
    for (const Room* room : {&d.whole_room, &d.part}) {
      mix(room->cores.raw()), mix(room->memory.raw()), mix(room->cards.raw());
    }
    return h;
  }
};

/// Shared nodes by how much of the leading resource is free.
class Levels {
 public:
  Levels() = default;
  Levels(std::int32_t levels, std::size_t nodes)
      : words_((nodes + 63) / 64), bits_(at(levels + 1) * words_, 0), count_(at(levels + 1), 0) {}
  void insert(std::int32_t level, std::int32_t node) {
    bits_[at(level) * words_ + at(node) / 64] |= 1ULL << (at(node) % 64);
    ++count_[at(level)];
  }
  void erase(std::int32_t level, std::int32_t node) {
    bits_[at(level) * words_ + at(node) / 64] &= ~(1ULL << (at(node) % 64));
    --count_[at(level)];
  }
  /// Visits nodes from this level up, by level and then by number, until `visit` returns true.
  template <class Visit>
  void from(std::int32_t level, Visit visit) const {
    for (std::size_t l = at(level); l < count_.size(); ++l) {
      std::int32_t left = count_[l];
      for (std::size_t w = 0; left > 0 && w < words_; ++w) {
        for (std::uint64_t word = bits_[l * words_ + w]; word != 0; word &= word - 1, --left) {
          if (visit(static_cast<std::int32_t>(w * 64 + static_cast<std::size_t>(__builtin_ctzll(word))))) return;
        }
      }
    }
  }

 private:
  std::size_t words_ = 0;
  std::vector<std::uint64_t> bits_;
  std::vector<std::int32_t> count_;
};

}  // namespace

std::optional<Backfill> parse_backfill(std::string_view name) {
  for (const auto& [text, policy] : policy_names) {
    if (text == name) return policy;
  }
  return std::nullopt;
}

std::string_view print_backfill(Backfill policy) {
  for (const auto& [text, one] : policy_names) {
    if (one == policy) return text;
  }
  return "";
}

std::int64_t key_of(Backfill policy, Instant submitted, Duration wall, std::int64_t size) {
  return policy == Backfill::aged ? aged_shortest_key(submitted, wall, size) : arrival_key(submitted);
}

std::optional<Demand> demand_of(std::int32_t kind, const Room& total, std::int32_t tasks, const Room& need) {
  const std::int32_t a_node = times(need, total, tasks);
  if (a_node == 0) return std::nullopt;
  // A node that holds as many tasks as it can is whole: what it has left is of no use to another of these tasks.
  const bool fills = times(need, total, a_node + 1) == a_node;
  Demand demand{.kind = kind};
  if (fills) {
    demand.whole = tasks / a_node;
    demand.whole_room = need * a_node;
    tasks -= demand.whole * a_node;
  }
  demand.part = need * tasks;
  // One task that leaves most of the node free shares it.
  if (demand.whole == 1 && !demand.has_part() && level_of(total, demand.whole_room) < level_of(total, total)) {
    demand.part = demand.whole_room;
    demand.whole = 0;
  }
  if (demand.whole == 0) demand.whole_room = {};
  return demand;
}

struct LinePlanner::Inside {
  struct Node {
    LineNode is;
    std::int32_t local = 0;  ///< its number within its kind
    bool available = true;
    std::int32_t level = -1;  ///< in Kind::shared; -1: not there
    Bin bin;
  };
  struct Kind {
    Room total;
    std::vector<std::int32_t> nodes;
    CountProfile whole;  ///< nodes on which nothing runs, over time, by the wall limits of what runs
    EmptyNodes empty;
    Levels shared;  ///< nodes on which something runs, by local number
  };
  struct Job {
    JobNumber number = 0;
    std::int64_t key = 0;
    std::int32_t shape = 0;
    Duration wall;
    Instant promised = never;
    Instant end;                      ///< by its wall limit
    std::vector<std::int32_t> nodes;  ///< where it runs; empty: it waits
  };
  struct Shape {
    Demand demand;
    WaitingLine line;
  };

  /// What one pass promises, and takes back when it is done.
  struct Promises {
    struct Counted {
      std::int32_t kind = 0;
      Instant from;
      Instant to;
      std::int32_t count = 0;
      std::int32_t node = -1;  ///< whose bin stays open for it; -1: none
    };
    std::vector<Counted> counted;
    std::vector<std::int32_t> nodes;                   ///< whose bins hold promises
    std::vector<std::pair<std::int32_t, Bin>> opened;  ///< bins in nodes not yet named, by kind
  };

  Backfill policy;
  Instant now;
  std::vector<Node> nodes;
  std::vector<Kind> kinds;
  std::vector<Job> jobs;
  std::vector<std::int32_t> free_slots;
  std::unordered_map<JobNumber, std::int32_t> slot_of;
  std::vector<Shape> shapes;
  std::unordered_map<Demand, std::int32_t, DemandHash> shape_of;
  WaitingLine all;
  std::set<std::pair<Instant, std::int32_t>> ends;  ///< running jobs by when they are expected to end
  std::size_t running = 0;
  std::vector<std::int32_t> promised_jobs;  ///< slots with a promise of the last step

  static WaitingLine::Place place(const Job& job) { return {job.key, job.number}; }
  WaitingLine::Place line_place(const Job& job) const {
    return policy == Backfill::easy_sjbf ? WaitingLine::Place{job.wall.raw(), job.number} : place(job);
  }

  // --- nodes ---

  /// Shared nodes are indexed by what is free in them now; one with nothing left is in no index.
  void index_shared(Node& node) {
    std::int32_t level = -1;
    if (node.available && !node.bin.holds.empty()) {
      const Room free = node.bin.free_of_running();
      if (free != Room{}) level = level_of(node.is.total, free);
    }
    if (level == node.level) return;
    Kind& kind = kinds[at(node.is.kind)];
    if (node.level >= 0) kind.shared.erase(node.level, node.local);
    if (level >= 0) kind.shared.insert(level, node.local);
    node.level = level;
  }

  /// From when on the node gives one to its kind's count.
  Instant empty_from(const Node& node) const { return node.bin.holds.empty() ? now : std::max(now, node.bin.closes); }

  /// Nodes whose empty_from moves together are counted together.
  struct Move {
    std::int32_t kind = 0;
    Instant was;
    Instant is;
    std::int32_t nodes = 0;
  };
  void move(Move& open, const Move& one) {
    if (open.nodes > 0 && open.kind == one.kind && open.was == one.was && open.is == one.is) {
      open.nodes += one.nodes;
      return;
    }
    flush(open);
    open = one;
  }
  void flush(Move& open) {
    if (open.nodes > 0 && open.is > open.was) kinds[at(open.kind)].whole.add(open.was, open.is, -open.nodes);
    if (open.nodes > 0 && open.is < open.was) kinds[at(open.kind)].whole.add(open.is, open.was, open.nodes);
    open.nodes = 0;
  }

  /// The job's nodes are its own no more. `holds_of` of a running job.
  void release(const Job& job) {
    Move open;
    for (const std::int32_t n : job.nodes) {
      Node& node = nodes[at(n)];
      const Instant was = empty_from(node);
      std::erase_if(node.bin.holds, [&](const BinHold& hold) { return hold.job == job.number; });
      node.bin.closes = now;
      for (const BinHold& hold : node.bin.holds) node.bin.closes = std::max(node.bin.closes, hold.to);
      if (!node.available) continue;
      move(open, {node.is.kind, was, empty_from(node), 1});
      if (node.bin.holds.empty()) kinds[at(node.is.kind)].empty.insert(node.local);
      index_shared(node);
    }
    flush(open);
  }

  void set_available(std::int32_t n, bool available) {
    Node& node = nodes[at(n)];
    Kind& kind = kinds[at(node.is.kind)];
    const bool empty = node.bin.holds.empty();
    if (available) {
      node.available = true;
      kind.whole.add(empty_from(node), never, 1);
      if (empty) kind.empty.insert(node.local);
    } else {
      if (empty) kind.empty.erase(node.local);
      kind.whole.add(empty_from(node), never, -1);
      node.available = false;
    }
    index_shared(node);
  }

  /// What was to end by now and still runs is expected to end at the next millisecond, each time anew.
  void advance(Instant to) {
    now = to;
    while (!ends.empty() && ends.begin()->first <= now) {
      const std::int32_t slot = ends.begin()->second;
      ends.erase(ends.begin());
      Job& job = jobs[at(slot)];
      job.end = now + milliseconds(1);
      ends.emplace(job.end, slot);
      Move open;
      for (const std::int32_t n : job.nodes) {
        Node& node = nodes[at(n)];
        const Instant was = empty_from(node);
        for (BinHold& hold : node.bin.holds) {
          if (hold.job == job.number) hold.to = job.end;
        }
        node.bin.closes = std::max(node.bin.closes, job.end);
        if (node.available) move(open, {node.is.kind, was, empty_from(node), 1});
      }
      flush(open);
    }
    for (Kind& kind : kinds) kind.whole.advance(now);
  }

  // --- starting ---

  /// Until when a job of this shape may run if it starts now, by the promises in force; `now` if it cannot start.
  Instant may_run_until(const Demand& demand) const {
    const Kind& kind = kinds[at(demand.kind)];
    Instant until = never;
    if (demand.whole > 0) {
      if (demand.whole > kind.empty.size()) return now;
      until = kind.whole.until_below(now, demand.whole);
      if (until <= now) return now;
    }
    if (!demand.has_part()) return until;
    Instant part = now;
    Instant closes = now;  // without promises, the bin that closes last is the best
    kind.shared.from(level_of(kind.total, demand.part), [&](std::int32_t local) {
      const Bin& bin = nodes[at(kind.nodes[at(local)])].bin;
      const Instant fitting = bin.fits_until(now, demand.part);
      if (fitting == never)
        closes = std::max(closes, bin.closes);
      else if (fitting > now)
        part = std::max(part, std::min(fitting, open_until(kind, bin.closes, demand.whole)));
      return false;
    });
    if (closes > now) part = std::max(part, open_until(kind, closes, demand.whole));
    if (kind.empty.size() > demand.whole) part = std::max(part, kind.whole.until_below(now, demand.whole + 1));
    return std::min(until, part);
  }

  /// A bin that closes then could stay open until ...
  static Instant open_until(const Kind& kind, Instant closes, std::int32_t whole) {
    return kind.whole.until_below(closes, whole + 1);
  }

  void start(std::int32_t slot, std::vector<LineStart>& starts) {
    Job& job = jobs[at(slot)];
    const Demand demand = shapes[at(job.shape)].demand;
    Kind& kind = kinds[at(demand.kind)];
    all.remove(place(job));
    shapes[at(job.shape)].line.remove(line_place(job));
    job.end = now + job.wall;
    job.promised = now;
    ends.emplace(job.end, slot);
    const std::int32_t shared = demand.has_part() ? choose_bin(kind, demand, job.end) : -1;
    const std::int32_t named = demand.whole + (demand.has_part() && shared < 0 ? 1 : 0);
    std::vector<std::int32_t> chosen;
    chosen.reserve(at(named + 1));
    kind.empty.take(named, chosen);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      chosen[i] = kind.nodes[at(chosen[i])];
      Node& node = nodes[at(chosen[i])];
      node.bin.opens = now;
      node.bin.total = node.is.total;
      node.bin.hold({now, job.end, i < at(demand.whole) ? demand.whole_room : demand.part, job.number});
      index_shared(node);
    }
    kind.whole.add(now, job.end, -named);
    if (shared >= 0) {
      chosen.push_back(shared);
      Node& node = nodes[at(shared)];
      if (job.end > node.bin.closes) kind.whole.add(node.bin.closes, job.end, -1);
      node.bin.hold({now, job.end, demand.part, job.number});
      index_shared(node);
    }
    job.nodes = chosen;
    ++running;
    starts.push_back({job.number, std::move(chosen)});
  }

  /// The shared node for a part that ends then: one that stays open as long anyway, most tightly; else the one that
  /// would have to stay open least longer. -1: an empty one.
  std::int32_t choose_bin(const Kind& kind, const Demand& demand, Instant end) const {
    std::int32_t stays = -1;
    std::int32_t longest = -1;
    Instant closes = now;
    kind.shared.from(level_of(kind.total, demand.part), [&](std::int32_t local) {
      const std::int32_t n = kind.nodes[at(local)];
      const Bin& bin = nodes[at(n)].bin;
      if (bin.closes < end && bin.closes <= closes) return false;
      if (bin.fits_until(now, demand.part) < end) return false;
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

  // --- promising ---

  void reserve(std::int32_t kind, Instant from, Instant to, std::int32_t count, Promises& promises,
               std::int32_t node = -1) {
    kinds[at(kind)].whole.add(from, to, -count);
    promises.counted.push_back({kind, from, to, count, node});
  }

  /// The earliest start of a part in this bin before `before`; `before` if there is none.
  Instant earliest_in(const Kind& kind, const Bin& bin, const Demand& demand, Duration wall, Instant from,
                      Instant before) const {
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

  /// Promises the job its earliest start, not before `from`.
  Instant promise(std::int32_t slot, Instant from, Promises& promises) {
    Job& job = jobs[at(slot)];
    const Demand& demand = shapes[at(job.shape)].demand;
    const Kind& kind = kinds[at(demand.kind)];
    Instant best = never;
    std::int32_t bin = -1;
    std::int32_t opened = -1;
    if (demand.whole > 0) {
      // Its part gets a node of its own here. What starts now is more frugal (may_run_until).
      best = kind.whole.earliest(from, job.wall, demand.whole + (demand.has_part() ? 1 : 0));
    } else {
      best = kind.whole.earliest(from, job.wall, 1);
      for (const std::int32_t n : kind.nodes) {
        const Node& node = nodes[at(n)];
        if (node.bin.holds.empty() || !node.available || !fits(demand.part, node.is.total)) continue;
        const Instant t = earliest_in(kind, node.bin, demand, job.wall, from, best);
        if (t < best) best = t, bin = n;
      }
      for (std::size_t i = 0; i < promises.opened.size(); ++i) {
        if (promises.opened[i].first != demand.kind) continue;
        const Instant t = earliest_in(kind, promises.opened[i].second, demand, job.wall, from, best);
        if (t < best) best = t, bin = -1, opened = static_cast<std::int32_t>(i);
      }
    }
    job.promised = best;
    promised_jobs.push_back(slot);
    if (best == never) return best;
    INVARIANT(best > now, "job {} could start now and is promised", job.number);
    const Instant end = best + job.wall;
    const BinHold hold{best, end, demand.part, job.number, true};
    if (demand.whole > 0) {
      reserve(demand.kind, best, end, demand.whole + (demand.has_part() ? 1 : 0), promises);
    } else if (bin >= 0 || opened >= 0) {
      Bin& in = bin >= 0 ? nodes[at(bin)].bin : promises.opened[at(opened)].second;
      if (end > in.closes) reserve(demand.kind, in.closes, end, 1, promises, bin);
      if (bin >= 0) {
        promises.nodes.push_back(bin);
      }
      in.hold(hold);
    } else {
      reserve(demand.kind, best, end, 1, promises);
      Bin fresh{.opens = best, .total = kind.total};
      fresh.hold(hold);
      promises.opened.emplace_back(demand.kind, std::move(fresh));
    }
    return best;
  }

  void take_back(Promises& promises) {
    for (const std::int32_t n : promises.nodes) {
      Bin& bin = nodes[at(n)].bin;
      std::erase_if(bin.holds, [](const BinHold& hold) { return hold.promised; });
      bin.closes = now;
      for (const BinHold& hold : bin.holds) bin.closes = std::max(bin.closes, hold.to);
    }
    for (const auto& c : promises.counted) {
      // What has started in a bin meanwhile, within the time that a promise kept it open, keeps it open now.
      const Instant from = c.node < 0 ? c.from : std::max(c.from, nodes[at(c.node)].bin.closes);
      kinds[at(c.kind)].whole.add(from, c.to, c.count);
    }
    promises = {};
  }

  /// What is counted over time agrees with the nodes one by one.
  void check() const {
    for (const Kind& kind : kinds) {
      std::int32_t empty = 0;
      for (const std::int32_t n : kind.nodes) empty += nodes[at(n)].available && nodes[at(n)].bin.holds.empty() ? 1 : 0;
      INVARIANT(empty == kind.empty.size() && empty == kind.whole.at(now),
                "{} nodes are empty, {} are indexed, {} counted", empty, kind.empty.size(), kind.whole.at(now));
    }
  }

  // --- the policies ---

  /// Starts from the head of the line while it can; the slot of the first that cannot, or -1.
  std::int32_t start_in_order(std::vector<LineStart>& starts) {
    while (!all.empty()) {
      const auto* head = all.first(Duration{INT64_MAX});
      const std::int32_t slot = head->slot;
      const Job& job = jobs[at(slot)];
      if (may_run_until(shapes[at(job.shape)].demand) - now < job.wall) return slot;
      start(slot, starts);
    }
    return -1;
  }

  /// Starts whatever does not delay what is promised, the first in line of all shapes first.
  void backfill(std::vector<LineStart>& starts) {
    while (true) {
      const WaitingLine::Entry* best = nullptr;
      for (const Shape& shape : shapes) {
        if (shape.line.empty()) continue;
        const Instant until = may_run_until(shape.demand);
        if (until <= now) continue;
        const auto* first = shape.line.first(until - now);
        if (first != nullptr && (best == nullptr || first->place < best->place)) best = first;
      }
      if (best == nullptr) return;
      start(best->slot, starts);
    }
  }

  void conservative(std::vector<LineStart>& starts) {
    Promises promises;
    std::vector<WaitingLine::Entry> line;
    line.reserve(all.size());
    all.each([&](const WaitingLine::Entry& entry) { line.push_back(entry); });
    // One shape with a longer limit starts no earlier in a pass: promises only take room away.
    std::vector<std::map<Duration, Instant>> known(shapes.size());
    for (const auto& entry : line) {
      const Job& job = jobs[at(entry.slot)];
      auto& shape = known[at(job.shape)];
      Instant from = now;
      if (auto it = shape.upper_bound(job.wall); it != shape.begin()) from = std::prev(it)->second;
      if (from == now && may_run_until(shapes[at(job.shape)].demand) - now >= job.wall) {
        start(entry.slot, starts);
        continue;
      }
      const Instant start_at = promise(entry.slot, from, promises);
      auto [it, fresh] = shape.insert_or_assign(job.wall, start_at);
      while (std::next(it) != shape.end() && std::next(it)->second <= start_at) shape.erase(std::next(it));
    }
    take_back(promises);
  }
};

LinePlanner::LinePlanner(std::vector<LineNode> nodes, Backfill policy, Instant now) : in_(std::make_unique<Inside>()) {
  in_->policy = policy;
  in_->now = now;
  std::int32_t kinds = 0;
  for (const LineNode& node : nodes) kinds = std::max(kinds, node.kind + 1);
  in_->kinds.resize(at(kinds));
  in_->nodes.reserve(nodes.size());
  std::vector<std::vector<std::int32_t>> leaves(at(kinds));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto& kind = in_->kinds[at(nodes[i].kind)];
    INVARIANT(kind.nodes.empty() || kind.total == nodes[i].total, "nodes of one kind differ");
    kind.total = nodes[i].total;
    in_->nodes.push_back({.is = nodes[i], .local = static_cast<std::int32_t>(kind.nodes.size())});
    kind.nodes.push_back(static_cast<std::int32_t>(i));
    leaves[at(nodes[i].kind)].push_back(nodes[i].leaf);
  }
  for (std::size_t k = 0; k < in_->kinds.size(); ++k) {
    auto& kind = in_->kinds[k];
    kind.empty = EmptyNodes(std::move(leaves[k]));
    kind.shared = Levels(level_of(kind.total, kind.total), kind.nodes.size());
    kind.whole = CountProfile(now, static_cast<std::int32_t>(kind.nodes.size()));
    for (std::size_t i = 0; i < kind.nodes.size(); ++i) kind.empty.insert(static_cast<std::int32_t>(i));
  }
}

LinePlanner::~LinePlanner() = default;
LinePlanner::LinePlanner(const LinePlanner& other) : in_(std::make_unique<Inside>(*other.in_)) {}
LinePlanner::LinePlanner(LinePlanner&&) noexcept = default;
LinePlanner& LinePlanner::operator=(LinePlanner&&) noexcept = default;

void LinePlanner::arrive(JobNumber number, std::int64_t key, const Demand& demand, Duration wall) {
  Inside& in = *in_;
  const auto [found, fresh_shape] = in.shape_of.try_emplace(demand, static_cast<std::int32_t>(in.shapes.size()));
  if (fresh_shape) in.shapes.push_back({.demand = demand});
  std::int32_t slot = static_cast<std::int32_t>(in.jobs.size());
  if (in.free_slots.empty()) {
    in.jobs.emplace_back();
  } else {
    slot = in.free_slots.back();
    in.free_slots.pop_back();
  }
  Inside::Job& job = in.jobs[at(slot)];
  job = {.number = number, .key = key, .shape = found->second, .wall = wall};
  const bool fresh = in.slot_of.emplace(number, slot).second;
  INVARIANT(fresh, "job {} arrives twice", number);
  in.all.add({Inside::place(job), wall, slot});
  in.shapes[at(job.shape)].line.add({in.line_place(job), wall, slot});
}

void LinePlanner::leave(JobNumber number) {
  Inside& in = *in_;
  const auto it = in.slot_of.find(number);
  INVARIANT(it != in.slot_of.end(), "job {} leaves and is not there", number);
  const Inside::Job& job = in.jobs[at(it->second)];
  INVARIANT(job.nodes.empty(), "job {} leaves the line and runs", number);
  in.all.remove(Inside::place(job));
  in.shapes[at(job.shape)].line.remove(in.line_place(job));
  in.free_slots.push_back(it->second);
  in.slot_of.erase(it);
}

void LinePlanner::end(JobNumber number, Instant now) {
  Inside& in = *in_;
  in.now = std::max(in.now, now);
  const auto it = in.slot_of.find(number);
  INVARIANT(it != in.slot_of.end(), "job {} ends and is not there", number);
  Inside::Job& job = in.jobs[at(it->second)];
  INVARIANT(!job.nodes.empty(), "job {} ends and does not run", number);
  in.ends.erase({job.end, it->second});
  in.release(job);
  job.nodes.clear();
  --in.running;
  in.free_slots.push_back(it->second);
  in.slot_of.erase(it);
}

void LinePlanner::set_available(std::int32_t n, bool available, Instant now) {
  Inside& in = *in_;
  in.now = std::max(in.now, now);
  if (in.nodes[at(n)].available == available) return;
  in.set_available(n, available);
}

bool LinePlanner::ever_fits(const Demand& demand) const {
  const auto& kind = in_->kinds[at(demand.kind)];
  return demand.whole + (demand.has_part() ? 1 : 0) <= static_cast<std::int32_t>(kind.nodes.size());
}

std::vector<LineStart> LinePlanner::step(Instant now) {
  Inside& in = *in_;
  INVARIANT(now >= in.now, "the planner is asked about the past");
  in.advance(now);
#ifdef MINGYUE_EXPENSIVE_INVARIANTS
  in.check();
#endif
  std::vector<LineStart> starts;
  in.promised_jobs.clear();
  if (in.policy == Backfill::conservative) {
    in.conservative(starts);
    return starts;
  }
  const std::int32_t head = in.start_in_order(starts);
  if (head < 0 || in.policy == Backfill::fcfs) return starts;
  Inside::Promises promises;
  (void)in.promise(head, now, promises);
  in.backfill(starts);
  in.take_back(promises);
  return starts;
}

std::optional<Instant> LinePlanner::promise(JobNumber number) const {
  const auto it = in_->slot_of.find(number);
  if (it == in_->slot_of.end()) return std::nullopt;
  const Instant promised = in_->jobs[at(it->second)].promised;
  return promised == never ? std::nullopt : std::optional(promised);
}

std::optional<JobNumber> LinePlanner::first() const {
  const auto* head = in_->all.first(Duration{INT64_MAX});
  return head == nullptr ? std::nullopt : std::optional(in_->jobs[at(head->slot)].number);
}

std::size_t LinePlanner::waiting() const { return in_->all.size(); }
std::size_t LinePlanner::running() const { return in_->running; }

}  // namespace mingyue::sched
