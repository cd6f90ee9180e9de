#include "sched/placement.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace mingyue::sched {
namespace {

/// What one node has for a part.
struct Offer {
  NodeIndex node = 0;
  std::int32_t tasks = 0;  ///< how many fit
  std::int32_t switch_number = 0;
  Duration idle_for;
  bool wastes_cards = false;  ///< cards there, and the tasks want none
  bool breaks = false;        ///< it is whole, and would not be used up: whole-node work loses a place
  Room left;                  ///< if filled with `tasks`
};

/// How many tasks of a part each chosen node gets.
struct Share {
  NodeIndex node = 0;
  std::int32_t tasks = 0;
};

using Shares = std::vector<Share>;

class PartPlacer {
 public:
  PartPlacer(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms, const ShapePart& part,
             std::span<const Duration> idle_for)
      : part_(part) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!suits(part, nodes[i])) continue;
      const std::int32_t tasks = times(part.need, rooms[i], part.tasks);
      if (tasks == 0) continue;
      sum += tasks;
      offers_.push_back({.node = static_cast<NodeIndex>(i),
                         .tasks = tasks,
                         .switch_number = nodes[i].switch_number,
                         .idle_for = idle_for.empty() ? Duration{} : idle_for[i],
                         .wastes_cards = part.card_type == CardTypes::none && nodes[i].card_type != CardTypes::none,
                         .left = rooms[i] - part.need * tasks});
      const bool is_whole = rooms[i] == nodes[i].total;
      offers_.back().breaks = is_whole && leading(nodes[i].total, offers_.back().left) > 0;
      if (!is_whole) continue;
      const auto on = static_cast<std::size_t>(nodes[i].switch_number);
      if (on >= whole_on_switch_.size()) whole_on_switch_.resize(on + 1, 0);
      ++whole_on_switch_[on];
    }
    enough_ = sum >= part.tasks;
  }

  [[nodiscard]] std::optional<Shares> shares() {
    if (!enough_) return std::nullopt;
    if (part_.placement == model::Placement::spread && part_.tasks > 1) return spread();
    if (const auto one = one_node()) return Shares{{*one, part_.tasks}};
    return part_.placement == model::Placement::pack ? fewest_nodes(offers_, part_.tasks) : fewest_switches();
  }

 private:
  /// The node that holds the whole part with least left over.
  [[nodiscard]] std::optional<NodeIndex> one_node() const {
    const Offer* best = nullptr;
    const auto key = [&](const Offer& o) {
      return std::tuple(o.idle_for, o.wastes_cards, o.breaks, o.left.cards, o.left.cores, o.left.memory,
                        whole_on(o.switch_number), o.node);
    };
    for (const Offer& offer : offers_)
      if (offer.tasks >= part_.tasks && (best == nullptr || key(offer) < key(*best))) best = &offer;
    // All offers were counted up to the part's size, so what is left over is what is left after the whole part.
    return best != nullptr ? std::optional(best->node) : std::nullopt;
  }

  [[nodiscard]] Shares spread() const {
    std::vector<Offer> offers = offers_;
    std::sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
      return std::tuple(a.idle_for, -a.tasks, a.wastes_cards, a.node) <
             std::tuple(b.idle_for, -b.tasks, b.wastes_cards, b.node);
    });
    // Switches take turns: first the best node of each switch, then the second best of each ...
    std::vector<std::pair<std::int32_t, std::int32_t>> seen;  // switch, nodes of it so far
    std::vector<std::tuple<std::int32_t, std::size_t>> turns;
    for (std::size_t i = 0; i < offers.size(); ++i) {
      auto it =
          std::find_if(seen.begin(), seen.end(), [&](const auto& s) { return s.first == offers[i].switch_number; });
      if (it == seen.end()) it = seen.insert(seen.end(), {offers[i].switch_number, 0});
      turns.emplace_back(it->second++, i);
    }
    std::sort(turns.begin(), turns.end());
    Shares shares;
    std::int32_t remaining = part_.tasks;
    for (std::int32_t round = 0; remaining > 0; ++round) {
      for (const auto& [turn, i] : turns) {
        if (remaining == 0 || offers[i].tasks <= round) continue;
        if (round == 0)
          shares.push_back({offers[i].node, 1});
        else
          std::find_if(shares.begin(), shares.end(), [&](const Share& s) { return s.node == offers[i].node; })->tasks++;
        --remaining;
      }
    }
    return shares;
  }

  /// Largest offers first; the last node is the smallest that takes the rest.
  [[nodiscard]] static Shares fewest_nodes(std::vector<Offer> offers, std::int32_t remaining) {
    const auto key = [](const Offer& o) {
      return std::tuple(-o.tasks, o.idle_for, o.wastes_cards, o.switch_number, o.node);
    };
    std::sort(offers.begin(), offers.end(), [&](const Offer& a, const Offer& b) { return key(a) < key(b); });
    Shares shares;
    for (std::size_t i = 0; remaining > 0; ++i) {
      std::size_t take = i;
      if (offers[i].tasks >= remaining)
        for (std::size_t k = i + 1; k < offers.size() && offers[k].tasks >= remaining; ++k)
          if (offers[k].tasks < offers[take].tasks) take = k;
      const std::int32_t tasks = std::min(remaining, offers[take].tasks);
      shares.push_back({offers[take].node, tasks});
      remaining -= tasks;
    }
    return shares;
  }

  /// The nodes that have just come free, then those that are filled most exactly, then the largest.
  [[nodiscard]] static Shares fill(std::vector<Offer> offers, std::int32_t remaining) {
    const auto key = [](const Offer& o) {
      return std::tuple(o.idle_for, o.wastes_cards, o.left.cards, o.left.cores, -o.tasks, o.node);
    };
    std::sort(offers.begin(), offers.end(), [&](const Offer& a, const Offer& b) { return key(a) < key(b); });
    Shares shares;
    for (const Offer& offer : offers) {
      if (remaining == 0) break;
      const std::int32_t tasks = std::min(remaining, offer.tasks);
      shares.push_back({offer.node, tasks});
      remaining -= tasks;
    }
    return shares;
  }

  [[nodiscard]] Shares fewest_switches() {
    struct Leaf {
      std::int32_t number = 0;
      std::int64_t tasks = 0;
      std::vector<Offer> offers;
      bool used = false;
    };
    std::vector<Leaf> leaves;
    std::vector<Offer> offers = offers_;
    std::sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
      return std::tuple(a.switch_number, a.node) < std::tuple(b.switch_number, b.node);
    });
    for (Offer& offer : offers) {
      if (leaves.empty() || leaves.back().number != offer.switch_number)
        leaves.push_back({offer.switch_number, 0, {}, false});
      leaves.back().tasks += offer.tasks;
      leaves.back().offers.push_back(offer);
    }
    Shares shares;
    std::int32_t remaining = part_.tasks;
    while (remaining > 0) {
      // One switch that takes all the rest: the one whose nodes have idled least, then the tightest. Else the largest.
      Leaf* best = nullptr;
      std::tuple<std::int64_t, std::int64_t, std::int32_t> best_key;
      for (Leaf& leaf : leaves) {
        if (leaf.used || leaf.tasks < remaining) continue;
        const std::tuple key(idle_sum(leaf.offers, remaining), leaf.tasks, leaf.number);
        if (best == nullptr || key < best_key) best = &leaf, best_key = key;
      }
      if (best == nullptr)
        for (Leaf& leaf : leaves)
          if (!leaf.used && (best == nullptr || leaf.tasks > best->tasks)) best = &leaf;
      best->used = true;
      const auto take = static_cast<std::int32_t>(std::min<std::int64_t>(remaining, best->tasks));
      for (const Share& share : fill(best->offers, take)) shares.push_back(share);
      remaining -= take;
    }
    return shares;
  }

  [[nodiscard]] static std::int64_t idle_sum(const std::vector<Offer>& offers, std::int32_t tasks) {
    if (std::all_of(offers.begin(), offers.end(), [](const Offer& o) { return o.idle_for == Duration{}; })) return 0;
    std::int64_t sum = 0;
    for (const Share& share : fill(offers, tasks))
      for (const Offer& offer : offers)
        if (offer.node == share.node) sum += offer.idle_for.raw();
    return sum;
  }

  [[nodiscard]] std::int32_t whole_on(std::int32_t switch_number) const {
    const auto on = static_cast<std::size_t>(switch_number);
    return on < whole_on_switch_.size() ? whole_on_switch_[on] : 0;
  }
  /// Of what a node is used up by: cards where it has any, else cores.
  [[nodiscard]] static std::int32_t leading(const Room& total, const Room& room) {
    return total.cards > CardCount{0} ? room.cards.raw() : room.cores.raw();
  }

  const ShapePart& part_;
  std::vector<Offer> offers_;
  std::vector<std::int32_t> whole_on_switch_;
  bool enough_ = false;
};

/// Gives the part's ranks to its nodes: neighbours in rank are on one node, then on one switch.
void write_ranks(std::vector<NodeIndex>& ranks, std::span<const NodeFacts> nodes, const ShapePart& part,
                 Shares shares) {
  std::sort(shares.begin(), shares.end(), [&](const Share& a, const Share& b) {
    return std::tuple(nodes[static_cast<std::size_t>(a.node)].switch_number, a.node) <
           std::tuple(nodes[static_cast<std::size_t>(b.node)].switch_number, b.node);
  });
  auto rank = static_cast<std::size_t>(part.first_rank);
  for (const Share& share : shares)
    for (std::int32_t i = 0; i < share.tasks; ++i) ranks[rank++] = share.node;
}

std::optional<std::vector<NodeIndex>> place_in_order(std::span<const NodeFacts> nodes, std::vector<Room> rooms,
                                                     const Shape& shape, const std::vector<std::size_t>& order,
                                                     std::span<const Duration> idle_for) {
  std::vector<NodeIndex> ranks(static_cast<std::size_t>(shape.tasks));
  for (const std::size_t p : order) {
    const ShapePart& part = shape.parts[p];
    auto shares = PartPlacer(nodes, rooms, part, idle_for).shares();
    if (!shares) return std::nullopt;
    for (const Share& share : *shares) rooms[static_cast<std::size_t>(share.node)] -= part.need * share.tasks;
    write_ranks(ranks, nodes, part, std::move(*shares));
  }
  return ranks;
}

/// The last resort for jobs of several parts: tasks one by one, largest part first, with steps back; gives up after
/// `steps_max` tries. 2,000 of them cost about as much as looking at every node of a thousand twice.
class Backtrack {
 public:
  static constexpr int steps_max = 2'000;

  Backtrack(std::span<const NodeFacts> nodes, std::vector<Room> rooms, const Shape& shape,
            const std::vector<std::size_t>& order)
      : nodes_(nodes), rooms_(std::move(rooms)), shape_(shape) {
    for (const std::size_t p : order)
      for (std::int32_t i = 0; i < shape.parts[p].tasks; ++i)
        tasks_.emplace_back(p, static_cast<std::size_t>(shape.parts[p].first_rank + i));
    ranks_.resize(static_cast<std::size_t>(shape.tasks));
  }

  [[nodiscard]] std::optional<std::vector<NodeIndex>> search() {
    if (!go(0, 0)) return std::nullopt;
    return ranks_;
  }

 private:
  /// Equal tasks go to nodes in ascending order, so that no arrangement is tried twice.
  bool go(std::size_t task, std::size_t first_node) {
    if (task == tasks_.size()) return true;
    const auto [p, rank] = tasks_[task];
    const ShapePart& part = shape_.parts[p];
    for (std::size_t i = first_node; i < nodes_.size(); ++i) {
      if (!suits(part, nodes_[i]) || !fits(part.need, rooms_[i])) continue;
      if (++steps_ > steps_max) return false;
      rooms_[i] -= part.need;
      ranks_[rank] = static_cast<NodeIndex>(i);
      const bool next_is_equal = task + 1 < tasks_.size() && tasks_[task + 1].first == p;
      if (go(task + 1, next_is_equal ? i : 0)) return true;
      rooms_[i] += part.need;
    }
    return false;
  }

  std::span<const NodeFacts> nodes_;
  std::vector<Room> rooms_;
  const Shape& shape_;
  std::vector<std::pair<std::size_t, std::size_t>> tasks_;  // part, rank
  std::vector<NodeIndex> ranks_;
  int steps_ = 0;
};

}  // namespace

std::optional<std::vector<NodeIndex>> place(std::span<const NodeFacts> nodes, std::vector<Room> rooms,
                                            const Shape& shape, std::span<const Duration> idle_for) {
  std::vector<std::size_t> order(shape.parts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (order.size() == 1) return place_in_order(nodes, std::move(rooms), shape, order, idle_for);

  const std::vector<std::size_t> as_given = order;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const ShapePart& x = shape.parts[a];
    const ShapePart& y = shape.parts[b];
    return std::tuple(-x.need.cards, -x.need.cores, -x.need.memory, a) <
           std::tuple(-y.need.cards, -y.need.cores, -y.need.memory, b);
  });
  if (auto ranks = place_in_order(nodes, rooms, shape, order, idle_for)) return ranks;
  if (auto ranks = place_in_order(nodes, rooms, shape, as_given, idle_for)) return ranks;

  // Is there any hope? Each part alone, and the sum of all.
  Room all;
  Room needed;
  for (const Room& room : rooms) all += room;
  for (const ShapePart& part : shape.parts) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (suits(part, nodes[i])) sum += times(part.need, rooms[i], part.tasks);
    if (sum < part.tasks) return std::nullopt;
    needed += part.need * part.tasks;
  }
  if (!fits(needed, all)) return std::nullopt;
  return Backtrack(nodes, std::move(rooms), shape, order).search();
}

}  // namespace mingyue::sched
