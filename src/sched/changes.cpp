#include "sched/changes.hpp"

#include <algorithm>

#include "sched/shortage.hpp"

namespace mingyue::sched {
namespace {

constexpr ShapeId no_id = -1;

bool starts_now(const Calendar& calendar, const Shape& shape) {
  return calendar.at(shape, no_id, calendar.now()).has_value();
}

/// The largest n in [1, below) for which `holds(n)`, which is true up to some n and false from there; 0 if none.
template <class Holds>
std::int32_t largest(std::int32_t below, const Holds& holds) {
  std::int32_t good = 0;
  while (below - good > 1) {
    const std::int32_t middle = good + (below - good) / 2;
    if (holds(middle))
      good = middle;
    else
      below = middle;
  }
  return good;
}

std::vector<Room> totals(std::span<const NodeFacts> nodes) {
  std::vector<Room> rooms;
  rooms.reserve(nodes.size());
  for (const NodeFacts& node : nodes) rooms.push_back(node.total);
  return rooms;
}

std::optional<Change> nodes_to_resume(const Context& context, std::int32_t partition, std::span<const ShapeId> shapes) {
  const std::vector<NodeFacts> all = context.nodes_of(partition, context.away_of(partition));
  for (const ShapeId id : shapes) {
    const Shape& shape = context.shapes[id];
    std::vector<bool> used;
    for (const NodeFacts& node : all) used.push_back(context.snapshot.nodes[node.view].available);
    const auto fits_on_used = [&] {
      std::vector<NodeFacts> nodes;
      for (std::size_t i = 0; i < all.size(); ++i)
        if (used[i]) nodes.push_back(all[i]);
      std::vector<Room> rooms = totals(nodes);
      return place(nodes, std::move(rooms), shape).has_value();
    };
    std::vector<std::size_t> added;
    bool fit = false;
    for (std::size_t i = 0; i < all.size() && !fit; ++i) {
      if (used[i]) continue;
      used[i] = true;
      added.push_back(i);
      fit = fits_on_used();
    }
    if (!fit) continue;
    Change change{ChangeCode::resume_nodes, {}};
    for (const std::size_t i : added) {
      used[i] = false;
      if (fits_on_used()) continue;
      used[i] = true;
      change.args.push_back(context.snapshot.nodes[all[i].view].name);
    }
    return change;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Change> shorter_wall(const Calendar& calendar, const Shape& shape) {
  if (shape.wall < minutes(2)) return std::nullopt;
  // Room for a start now can only get less where a timeline changes: try the limits that end just there.
  const Instant now = calendar.now();
  std::vector<Instant> ends;
  for (std::size_t i = 0; i < calendar.nodes().size(); ++i)
    for (const Timeline::Step& step : calendar.timeline(static_cast<NodeIndex>(i)).steps())
      if (step.at >= now + minutes(1) && step.at < now + shape.wall) ends.push_back(step.at);
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  Shape shorter = shape;
  const std::int32_t best = largest(static_cast<std::int32_t>(ends.size()) + 1, [&](std::int32_t n) {
    shorter.wall = ends[static_cast<std::size_t>(n) - 1] - now;
    return starts_now(calendar, shorter);
  });
  if (best == 0) return std::nullopt;
  const std::int64_t whole = (ends[static_cast<std::size_t>(best) - 1] - now).raw() / minutes(1).raw();
  shorter.wall = minutes(whole);
  if (shorter.wall >= shape.wall || !starts_now(calendar, shorter)) return std::nullopt;
  return Change{ChangeCode::shorter_wall, {print_duration(shorter.wall)}};
}

std::optional<Change> fewer_tasks(const Calendar& calendar, const Shape& shape) {
  if (shape.parts.size() != 1 || shape.tasks < 2) return std::nullopt;
  Shape smaller = shape;
  const std::int32_t tasks = largest(shape.tasks, [&](std::int32_t n) {
    smaller.tasks = smaller.parts.front().tasks = n;
    return starts_now(calendar, smaller);
  });
  if (tasks == 0) return std::nullopt;
  return Change{ChangeCode::fewer_tasks, {std::to_string(tasks)}};
}

std::optional<Change> fewer_cores(const Calendar& calendar, const Shape& shape) {
  if (shape.parts.size() != 1 || shape.parts.front().need.cores < CoreCount{2}) return std::nullopt;
  Shape smaller = shape;
  const std::int32_t cores = largest(shape.parts.front().need.cores.raw(), [&](std::int32_t n) {
    smaller.parts.front().need.cores = CoreCount(n);
    return starts_now(calendar, smaller);
  });
  if (cores == 0) return std::nullopt;
  return Change{ChangeCode::fewer_cores, {std::to_string(cores)}};
}

Change change_of_too_large(const Context& context, std::int32_t partition, std::span<const ShapeId> shapes) {
  if (auto resume = nodes_to_resume(context, partition, shapes)) return std::move(*resume);
  const std::vector<NodeFacts> nodes = context.nodes_of(partition);
  const Calendar empty(context.snapshot.now, nodes, totals(nodes));
  for (const ShapeId id : shapes)
    if (auto fewer = fewer_tasks(empty, context.shapes[id])) return std::move(*fewer);
  for (const ShapeId id : shapes)
    if (auto fewer = fewer_cores(empty, context.shapes[id])) return std::move(*fewer);
  return {};
}

}  // namespace mingyue::sched
