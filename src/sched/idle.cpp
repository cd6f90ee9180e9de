#include "sched/idle.hpp"

#include <algorithm>
#include <set>

namespace mingyue::sched {
namespace {

/// Amounts of a whole partition: cores, memory, and cards by type.
struct Amounts {
  std::int64_t cores = 0;
  std::int64_t memory = 0;
  std::vector<std::int64_t> cards;  ///< by type

  void add(const Room& room, std::int32_t type, std::int64_t n) {
    cores += room.cores.raw() * n;
    memory += room.memory.raw() * n;
    if (type >= 0) cards[static_cast<std::size_t>(type)] += room.cards.raw() * n;
  }
  [[nodiscard]] bool covers(const Amounts& other) const {
    return other.cores <= cores && other.memory <= memory &&
           std::equal(cards.begin(), cards.end(), other.cards.begin(),
                      [](auto has, auto needs) { return needs <= has; });
  }
};

Amounts none(const Context& context) {
  return Amounts{0, 0, std::vector<std::int64_t>(static_cast<std::size_t>(context.types.count()), 0)};
}

/// For each node: does the next promise to fall due there belong to a job of several tasks?
std::vector<bool> gathering(const Calendar& calendar, const Context& context, const std::vector<Candidate>& waiting) {
  std::vector<Instant> next(calendar.nodes().size(), never);
  std::vector<bool> gathers(calendar.nodes().size(), false);
  for (const Candidate& candidate : waiting) {
    if (!candidate.booking || candidate.booking->start <= calendar.now()) continue;
    for (const auto& [node, room] : candidate.booking->takes) {
      const auto i = static_cast<std::size_t>(node);
      if (candidate.booking->start >= next[i]) continue;
      next[i] = candidate.booking->start;
      gathers[i] = context.shapes[candidate.booking->shape].tasks > 1;
    }
  }
  return gathers;
}

/// What waiting jobs would take of `idle` if only numbers counted.
Amounts wanted_of(const Context& context, Amounts idle, const std::vector<Candidate>& waiting, Instant now) {
  Amounts wanted = none(context);
  for (const Candidate& candidate : waiting) {
    if (candidate.floor > now || (candidate.booking && candidate.booking->start <= now)) continue;
    for (const ShapeId id : candidate.shapes) {
      Amounts needs = none(context);
      bool known = true;
      for (const ShapePart& part : context.shapes[id].parts) {
        needs.add(part.need, part.card_type, part.tasks);
        known = known && part.card_type != CardTypes::unknown;
      }
      if (!known || !idle.covers(needs)) continue;
      for (const ShapePart& part : context.shapes[id].parts) {
        wanted.add(part.need, part.card_type, part.tasks);
        idle.add(part.need, part.card_type, -part.tasks);
      }
      break;
    }
  }
  return wanted;
}

}  // namespace

void classify_idle(const Context& context, std::int32_t partition, const Calendar& calendar,
                   const std::vector<Candidate>& candidates, std::vector<IdleClasses>& idle) {
  const Instant now = context.snapshot.now;
  std::set<ShapeId> waiting_shapes;
  for (const Candidate& candidate : candidates)
    if (candidate.floor <= now && (!candidate.booking || candidate.booking->start > now))
      waiting_shapes.insert(candidate.shapes.begin(), candidate.shapes.end());
  const auto fits_one_task = [&](const NodeFacts& node, const Room& room) {
    return std::any_of(waiting_shapes.begin(), waiting_shapes.end(), [&](ShapeId id) {
      const auto& parts = context.shapes[id].parts;
      return std::any_of(parts.begin(), parts.end(),
                         [&](const ShapePart& p) { return suits(p, node) && fits(p.need, room); });
    });
  };

  const std::vector<bool> gathers = gathering(calendar, context, candidates);
  Amounts all = none(context);
  Amounts promised = none(context);
  for (std::size_t i = 0; i < calendar.nodes().size(); ++i) {
    const NodeFacts& node = calendar.nodes()[i];
    const Timeline& timeline = calendar.timeline(static_cast<NodeIndex>(i));
    const Room free = least(timeline.steps().front().free, node.total);
    all.add(free, node.card_type, 1);
    if (free == Room{}) continue;
    const Room kept = free - least(free, timeline.least(now, never));
    if (kept != Room{} && (gathers[i] || fits_one_task(node, free))) promised.add(kept, node.card_type, 1);
  }
  const Amounts wanted = wanted_of(context, all, candidates, now);

  const auto divide = [&](const std::string& type, std::int64_t there_is, std::int64_t held, std::int64_t wants) {
    IdleClasses classes{.partition = context.snapshot.partitions[static_cast<std::size_t>(partition)].name,
                        .card_type = type};
    classes.promised = held;
    classes.stranded = std::clamp<std::int64_t>(wants - held, 0, there_is - held);
    classes.unwanted = there_is - classes.promised - classes.stranded;
    idle.push_back(std::move(classes));
  };
  divide("", all.cores, promised.cores, wanted.cores);
  std::set<std::int32_t> types;
  for (const NodeFacts& node : context.nodes_of(partition, context.away_of(partition)))
    if (node.card_type >= 0) types.insert(node.card_type);
  for (const std::int32_t type : types) {
    const auto t = static_cast<std::size_t>(type);
    divide(context.types.name_of(type), all.cards[t], promised.cards[t], wanted.cards[t]);
  }
}

}  // namespace mingyue::sched
