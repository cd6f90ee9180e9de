#include "sched/idle.hpp"

#include <algorithm>
#include <set>

namespace mingyue::sched {
namespace {

/// In the order of a partition's need: what waiting work takes of what is idle.
bool covers(const IdleAmounts& has, const IdleAmounts& needs) {
  return needs.cores <= has.cores && needs.memory <= has.memory &&
         std::ranges::all_of(needs.cards, [&](const auto& card) {
           const auto there = has.cards.find(card.first);
           return card.second <= (there == has.cards.end() ? 0 : there->second);
         });
}

void add(IdleAmounts& amounts, const Room& room, std::int32_t type, std::int64_t n) {
  amounts.cores += room.cores.raw() * n;
  amounts.memory += room.memory.raw() * n;
  if (type >= 0) amounts.cards[type] += room.cards.raw() * n;
}

std::int64_t cards_of(const IdleAmounts& amounts, std::int32_t type) {
  const auto there = amounts.cards.find(type);
  return there == amounts.cards.end() ? 0 : there->second;
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

}  // namespace

IdleAmounts wanted_by(const Context& context, std::span<const NodeFacts> nodes, const std::vector<Room>& free,
                      const std::vector<Candidate>& waiting) {
  IdleAmounts idle;
  for (std::size_t i = 0; i < nodes.size(); ++i) add(idle, least(free[i], nodes[i].total), nodes[i].card_type, 1);
  IdleAmounts wanted;
  std::vector<bool> too_much;  // by shape: idle only shrinks
  const Instant now = context.snapshot.now;
  for (const Candidate& candidate : waiting) {
    if (idle.cores == 0) break;  // every task takes some
    if (candidate.floor > now || (candidate.booking && candidate.booking->start <= now)) continue;
    for (const ShapeId id : candidate.shapes) {
      const auto number = static_cast<std::size_t>(id);
      if (number >= too_much.size()) too_much.resize(number + 1);
      if (too_much[number]) continue;
      IdleAmounts needs;
      bool known = true;
      for (const ShapePart& part : context.shapes[id].parts) {
        add(needs, part.need, part.card_type, part.tasks);
        known = known && part.card_type != CardTypes::unknown;
      }
      too_much[number] = !known || !covers(idle, needs);
      if (too_much[number]) continue;
      for (const ShapePart& part : context.shapes[id].parts) {
        add(wanted, part.need, part.card_type, part.tasks);
        add(idle, part.need, part.card_type, -part.tasks);
      }
      break;
    }
  }
  return wanted;
}

void divide_idle(const Context& context, std::int32_t partition, const IdleAmounts& all, const IdleAmounts& held,
                 const IdleAmounts& wanted, std::vector<IdleClasses>& idle) {
  const auto divide = [&](const std::string& type, std::int64_t there_is, std::int64_t keeps, std::int64_t wants) {
    IdleClasses classes{.partition = context.snapshot.partitions[static_cast<std::size_t>(partition)].name,
                        .card_type = type};
    classes.promised = std::min(keeps, there_is);
    classes.stranded = std::clamp<std::int64_t>(wants - classes.promised, 0, there_is - classes.promised);
    classes.unwanted = there_is - classes.promised - classes.stranded;
    idle.push_back(std::move(classes));
  };
  divide("", all.cores, held.cores, wanted.cores);
  std::set<std::int32_t> types;
  for (const NodeFacts& node : context.nodes_of(partition, context.away_of(partition)))
    if (node.card_type >= 0) types.insert(node.card_type);
  for (const std::int32_t type : types)
    divide(context.types.name_of(type), cards_of(all, type), cards_of(held, type), cards_of(wanted, type));
}

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
  Duration longest;
  for (const ShapeId id : waiting_shapes) longest = std::max(longest, context.shapes[id].wall);
  IdleAmounts all;
  IdleAmounts promised;
  std::vector<Room> rooms;
  for (std::size_t i = 0; i < calendar.nodes().size(); ++i) {
    const NodeFacts& node = calendar.nodes()[i];
    const Timeline& timeline = calendar.timeline(static_cast<NodeIndex>(i));
    const Room free = least(timeline.steps().front().free, node.total);
    add(all, free, node.card_type, 1);
    rooms.push_back(node.spare ? Room{} : free);  // nobody else may want it
    if (node.closed != nullptr && closed_at(*node.closed, now)) {
      if (context.reserved_now(node.id)) continue;
      const Room waits = least(context.snapshot.nodes[node.view].free, node.total);
      add(all, waits, node.card_type, 1);
      add(promised, waits, node.card_type, 1);
      continue;
    }
    if (node.spare) add(promised, free, node.card_type, 1);
    if (free == Room{} || node.spare) continue;
    // A window holds back nothing that no waiting task would reach into; and for ever, every node has one.
    const Instant until = node.closed == nullptr ? never : now + std::max(longest, milliseconds(1));
    const Room kept = free - least(free, timeline.least(now, until));
    if (kept != Room{} && (gathers[i] || fits_one_task(node, free))) add(promised, kept, node.card_type, 1);
  }
  divide_idle(context, partition, all, promised, wanted_by(context, calendar.nodes(), rooms, candidates), idle);
}

void classify_reserved(const Context& context, std::int32_t section, const Calendar& calendar,
                       std::vector<IdleClasses>& idle) {
  const auto partition = static_cast<std::size_t>(context.partition_of(section));
  const std::string& name = context.snapshot.partitions[partition].name;
  const auto promise = [&](const std::string& type, std::int64_t amount) {
    const auto row = std::ranges::find_if(
        idle, [&](const IdleClasses& one) { return one.partition == name && one.card_type == type; });
    if (row != idle.end()) row->promised += amount;
  };
  for (std::size_t i = 0; i < calendar.nodes().size(); ++i) {
    const NodeFacts& node = calendar.nodes()[i];
    const Room free = least(calendar.free_now(static_cast<NodeIndex>(i)), node.total);
    promise("", free.cores.raw());
    if (node.card_type >= 0) promise(context.types.name_of(node.card_type), free.cards.raw());
  }
}

}  // namespace mingyue::sched
