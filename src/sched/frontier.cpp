#include "sched/frontier.hpp"

#include <algorithm>

namespace mingyue::sched {
namespace {

bool same_parts(const std::vector<ShapePart>& a, const std::vector<ShapePart>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const ShapePart& x, const ShapePart& y) {
    return x.need == y.need && x.card_type == y.card_type && x.tasks == y.tasks && x.placement == y.placement &&
           x.on_spares == y.on_spares;
  });
}

/// True if `b` cannot fit where `a` does not. Only for single parts, which are placed exactly; packing several parts by
/// rules of thumb has no such order.
bool no_easier(const std::vector<ShapePart>& a, const std::vector<ShapePart>& b) {
  if (a.size() != 1 || b.size() != 1) return same_parts(a, b);
  return fits(a[0].need, b[0].need) && a[0].tasks <= b[0].tasks && (a[0].on_spares || !b[0].on_spares) &&
         (a[0].card_type == CardTypes::none || a[0].card_type == b[0].card_type);
}

}  // namespace

Instant Frontier::bound(const Shape& shape) const {
  Instant bound = now_;
  for (const Group& group : groups_) {
    if (!no_easier(group.parts, shape.parts)) continue;
    for (const Mark& mark : group.marks) {
      if (mark.wall > shape.wall) break;
      bound = std::max(bound, mark.start);
    }
  }
  return bound;
}

void Frontier::raise(const Shape& shape, Instant start) {
  if (start <= now_) return;
  auto group =
      std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) { return same_parts(g.parts, shape.parts); });
  if (group == groups_.end()) {
    if (groups_.size() == groups_max) return;
    group = groups_.insert(groups_.end(), Group{shape.parts, {}});
  }
  // Marks of longer walls that say no more than this one are superfluous.
  std::erase_if(group->marks, [&](const Mark& m) { return m.wall >= shape.wall && m.start <= start; });
  const auto place =
      std::find_if(group->marks.begin(), group->marks.end(), [&](const Mark& m) { return m.wall > shape.wall; });
  const bool says_more = place == group->marks.begin() || std::prev(place)->start < start;
  if (says_more) group->marks.insert(place, Mark{shape.wall, start});
}

void Frontier::lower(Instant from) {
  for (Group& group : groups_)
    for (Mark& mark : group.marks)
      mark.start = std::clamp(from - mark.wall + milliseconds(1), now_, std::max(now_, mark.start));
}

}  // namespace mingyue::sched
