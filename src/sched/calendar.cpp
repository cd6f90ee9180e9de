#include "sched/calendar.hpp"

#include <algorithm>
#include <numeric>

#include "base/invariant.hpp"
#include "sched/gang_sweep.hpp"

namespace mingyue::sched {

Calendar::Calendar(Instant now, std::vector<NodeFacts> nodes, const std::vector<Room>& free)
    : now_(now), nodes_(std::move(nodes)), together_(now, std::accumulate(free.begin(), free.end(), Room{})) {
  INVARIANT(free.size() == nodes_.size(), "{} rooms for {} nodes", free.size(), nodes_.size());
  timelines_.reserve(nodes_.size());
  for (std::size_t i = 0; i < free.size(); ++i) {
    timelines_.emplace_back(now, free[i]);
    if (nodes_[i].closed == nullptr) continue;
    for (const auto& [from, to] : *nodes_[i].closed) {
      timelines_[i].take(from, to, free[i]);
      together_.take(from, to, free[i]);
    }
  }
}

void Calendar::release(NodeIndex node, Instant from, Instant to, const Room& room) {
  static const Closed always_open;
  const Closed* closed = nodes_[static_cast<std::size_t>(node)].closed;
  each_open(closed == nullptr ? always_open : *closed, from, to, [&](Instant begin, Instant end) {
    timelines_[static_cast<std::size_t>(node)].give(begin, end, room);
    together_.give(begin, end, room);
  });
}

std::optional<Booking> Calendar::earliest(const Shape& shape, ShapeId id, Instant from, Instant limit) const {
  from = std::max(from, now_);
  if (shape.is_single_task()) {
    const Instant start = earliest_single(shape, from, limit);
    return start <= limit && start < never ? at(shape, id, start) : std::nullopt;
  }
  if (from > limit) return std::nullopt;
  GangSweep sweep(nodes_, timelines_, together_, shape, from);
  for (Instant start = sweep.next(limit); start < never; start = sweep.next(limit))
    if (auto found = at(shape, id, start)) return found;
  return std::nullopt;
}

Instant Calendar::earliest_single(const Shape& shape, Instant from, Instant limit) const {
  const ShapePart& part = shape.parts.front();
  Instant best = never;
  for (std::size_t i = 0; i < nodes_.size() && best > from; ++i) {
    if (!suits(part, nodes_[i])) continue;
    best = std::min(best, timelines_[i].earliest(from, shape.wall, part.need, std::min(limit, best)));
  }
  return best;
}

namespace {

/// How long the node stays open; a year if longer.
Duration open_for(const NodeFacts& node, Instant from) {
  Duration open = days(365);
  if (node.closed == nullptr) return open;
  for (const auto& [begin, end] : *node.closed)
    if (end > from) open = std::min(open, std::max(begin - from, Duration{}));
  return open;
}

}  // namespace

std::optional<std::vector<NodeIndex>> Calendar::nodes_at(const Shape& shape, Instant start) const {
  std::vector<Room> rooms;
  rooms.reserve(nodes_.size());
  for (const Timeline& timeline : timelines_) rooms.push_back(timeline.least(start, start + shape.wall));
  std::vector<Duration> idle_for;
  if (start <= now_) {
    // A node that closes soon is of use to nobody else who is longer.
    const bool close = std::ranges::any_of(nodes_, [](const NodeFacts& node) { return node.closed != nullptr; });
    for (std::size_t i = 0; i < nodes_.size() && close; ++i) idle_for.push_back(open_for(nodes_[i], start));
    return place(nodes_, std::move(rooms), shape, idle_for);
  }
  idle_for.reserve(nodes_.size());
  const Room& need = shape.parts.front().need;
  for (const Timeline& timeline : timelines_) idle_for.push_back(start - timeline.free_since(start, need));
  return place(nodes_, std::move(rooms), shape, idle_for);
}

std::optional<Booking> Calendar::at(const Shape& shape, ShapeId id, Instant start) const {
  auto nodes = nodes_at(shape, start);
  if (!nodes) return std::nullopt;
  return booking(shape, id, start, std::move(*nodes));
}

Booking Calendar::booking(const Shape& shape, ShapeId id, Instant start, std::vector<NodeIndex> nodes) const {
  Booking result{.start = start, .end = start + shape.wall, .shape = id, .nodes = std::move(nodes), .takes = {}};
  for (const ShapePart& part : shape.parts) {
    for (std::int32_t i = 0; i < part.tasks; ++i) {
      const NodeIndex node = result.nodes[static_cast<std::size_t>(part.first_rank) + static_cast<std::size_t>(i)];
      if (!result.takes.empty() && result.takes.back().first == node)
        result.takes.back().second += part.need;
      else
        result.takes.emplace_back(node, part.need);
    }
  }
  // Parts may share nodes: one sum for each node.
  std::sort(result.takes.begin(), result.takes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (result.takes.empty()) return result;
  std::size_t last = 0;
  for (std::size_t i = 1; i < result.takes.size(); ++i) {
    if (result.takes[i].first == result.takes[last].first)
      result.takes[last].second += result.takes[i].second;
    else
      result.takes[++last] = result.takes[i];
  }
  result.takes.resize(last + 1);
  return result;
}

bool Calendar::has_room(const Booking& booking) const {
  return std::all_of(booking.takes.begin(), booking.takes.end(), [&](const auto& take) {
    return fits(take.second, timeline(take.first).least(booking.start, booking.end));
  });
}

void Calendar::add(const Booking& booking) {
  EXPENSIVE_INVARIANT(has_room(booking), "a booking at {} takes room that is not there", booking.start.raw());
  Room all;
  for (const auto& [node, room] : booking.takes) {
    timelines_[static_cast<std::size_t>(node)].take(booking.start, booking.end, room);
    all += room;
  }
  together_.take(booking.start, booking.end, all);
}

void Calendar::remove(const Booking& booking) {
  Room all;
  for (const auto& [node, room] : booking.takes) {
    timelines_[static_cast<std::size_t>(node)].give(booking.start, booking.end, room);
    all += room;
  }
  together_.give(booking.start, booking.end, all);
}

}  // namespace mingyue::sched
