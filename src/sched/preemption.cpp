#include "sched/preemption.hpp"

#include <algorithm>
#include <tuple>

namespace mingyue::sched {
namespace {

using Group = std::vector<const Victim*>;

/// What a set of victims costs; smaller is better.
struct Price {
  std::int64_t work = 0;
  std::size_t count = 0;
  std::vector<model::AttemptId> newest;  ///< descending

  explicit Price(const Group& group) : count(group.size()) {
    for (const Victim* victim : group) {
      work += victim->work;
      newest.push_back(victim->attempt);
    }
    std::sort(newest.rbegin(), newest.rend());
  }
  friend bool operator<(const Price& a, const Price& b) {
    return std::tie(a.work, a.count, b.newest) < std::tie(b.work, b.count, a.newest);
  }
};

class Chooser {
 public:
  Chooser(Calendar& calendar, const Shape& shape, ShapeId id, Instant before)
      : calendar_(calendar), shape_(shape), id_(id), before_(before) {}

  /// The best set within the group, if any will do.
  void consider(Group group, std::optional<NodeIndex> only_node) {
    node_ = only_node;
    if (!suffices(group)) return;
    if (group.size() <= exact_max) {
      for (std::size_t mask = 1; mask < (std::size_t{1} << group.size()); ++mask) {
        Group some;
        for (std::size_t i = 0; i < group.size(); ++i)
          if ((mask >> i & 1) != 0) some.push_back(group[i]);
        keep_if_better(some);
      }
      return;
    }
    const auto by_price = [](const Victim* v) { return std::tuple(v->work, v->attempt); };
    std::sort(group.begin(), group.end(), [&](const Victim* a, const Victim* b) {
      return a->work != b->work ? a->work < b->work : by_price(b) < by_price(a);
    });
    Group some;
    for (std::size_t i = 0; i < group.size() && !suffices(some); ++i) some.push_back(group[i]);
    for (std::size_t i = some.size(); i-- > 0;) {
      Group without = some;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      if (suffices(without)) some = without;
    }
    keep_if_better(some);
    for (const Victim* victim : group) keep_if_better({victim});
  }

  [[nodiscard]] const std::optional<Group>& best() const { return best_; }

  [[nodiscard]] std::optional<Booking> booking(const Group& group) {
    const Instant start = start_with(group);
    change(group, +1);
    auto found = calendar_.at(shape_, id_, start);
    change(group, -1);
    return found;
  }

 private:
  [[nodiscard]] static Instant start_with(const Group& group) {
    Instant start = Instant(0);
    for (const Victim* victim : group) start = std::max(start, victim->out);
    return start;
  }

  [[nodiscard]] bool suffices(const Group& group) {
    if (group.empty()) return false;
    const Instant start = start_with(group);
    if (start >= before_) return false;
    change(group, +1);
    const bool fit = node_
                         ? fits(shape_.parts.front().need, calendar_.timeline(*node_).least(start, start + shape_.wall))
                         : calendar_.at(shape_, id_, start).has_value();
    change(group, -1);
    return fit;
  }

  void keep_if_better(const Group& group) {
    if (best_ && !(Price(group) < Price(*best_))) return;
    if (suffices(group)) best_ = group;
  }

  void change(const Group& group, std::int32_t sign) {
    for (const Victim* victim : group)
      for (const auto& [node, room] : victim->holds) calendar_.release(node, victim->out, victim->end, room * sign);
  }

  Calendar& calendar_;
  const Shape& shape_;
  ShapeId id_;
  Instant before_;
  std::optional<NodeIndex> node_;
  std::optional<Group> best_;
};

}  // namespace

std::optional<Claim> claim(Calendar& calendar, const Shapes& shapes, std::span<const ShapeId> wanted, Instant before,
                           const std::vector<Victim>& victims) {
  std::optional<Claim> result;
  std::optional<Price> price;
  for (const ShapeId id : wanted) {
    const Shape& shape = shapes[id];
    Group useful;
    for (const Victim& victim : victims) {
      const bool helps = std::any_of(victim.holds.begin(), victim.holds.end(), [&](const auto& hold) {
        return std::any_of(shape.parts.begin(), shape.parts.end(), [&](const ShapePart& part) {
          return suits(part, calendar.nodes()[static_cast<std::size_t>(hold.first)]);
        });
      });
      if (helps && victim.out < std::min(before, victim.end)) useful.push_back(&victim);
    }
    if (useful.empty()) continue;
    Chooser chooser(calendar, shape, id, before);
    if (shape.is_single_task()) {
      // Only victims on one node make room for one task.
      for (std::size_t node = 0; node < calendar.nodes().size(); ++node) {
        const auto index = static_cast<NodeIndex>(node);
        if (!suits(shape.parts.front(), calendar.nodes()[node])) continue;
        Group here;
        for (const Victim* victim : useful)
          if (std::any_of(victim->holds.begin(), victim->holds.end(), [&](const auto& h) { return h.first == index; }))
            here.push_back(victim);
        chooser.consider(std::move(here), index);
      }
    } else {
      chooser.consider(useful, std::nullopt);
    }
    if (!chooser.best()) continue;
    const Price its_price(*chooser.best());
    if (price && !(its_price < *price)) continue;
    auto booking = chooser.booking(*chooser.best());
    if (!booking) continue;
    result = Claim{{}, std::move(*booking)};
    for (const Victim* victim : *chooser.best()) result->victims.push_back(victim->running);
    std::sort(result->victims.begin(), result->victims.end());
    price = its_price;
  }
  return result;
}

}  // namespace mingyue::sched
