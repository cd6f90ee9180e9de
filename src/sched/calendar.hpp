#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sched/frontier.hpp"
#include "sched/placement.hpp"
#include "sched/timeline.hpp"

namespace mingyue::sched {

/// Room that a job has for an interval: from its start to its wall limit, on named nodes.
struct Booking {
  Instant start;
  Instant end;
  ShapeId shape = 0;
  std::vector<NodeIndex> nodes;                   ///< by rank
  std::vector<std::pair<NodeIndex, Room>> takes;  ///< the same, summed by node
};

/// The usable nodes of one partition over time. A calendar answers "when is there room for this shape, and where", and
/// keeps the room of bookings from being given out twice. It is exact: every resource of every node at every
/// millisecond. While a node is closed (NodeFacts::closed) it has no room, whatever ends there.
class Calendar {
 public:
  Calendar(Instant now, std::vector<NodeFacts> nodes, const std::vector<Room>& free);

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] std::span<const NodeFacts> nodes() const { return nodes_; }
  [[nodiscard]] const Timeline& timeline(NodeIndex node) const { return timelines_[static_cast<std::size_t>(node)]; }

  /// Running work gives room back at `from`.
  void release(NodeIndex node, Instant from, const Room& room) { release(node, from, never, room); }
  void release(NodeIndex node, Instant from, Instant to, const Room& room);
  /// What is free on a node now.
  [[nodiscard]] const Room& free_now(NodeIndex node) const { return timeline(node).steps().front().free; }

  /// The earliest booking with a start in [from, limit].
  [[nodiscard]] std::optional<Booking> earliest(const Shape& shape, ShapeId id, Instant from, Instant limit) const;
  /// A booking that starts exactly at `start`.
  [[nodiscard]] std::optional<Booking> at(const Shape& shape, ShapeId id, Instant start) const;
  /// The booking for these nodes, whether or not there is room.
  [[nodiscard]] Booking booking(const Shape& shape, ShapeId id, Instant start, std::vector<NodeIndex> nodes) const;

  [[nodiscard]] bool has_room(const Booking& booking) const;
  void add(const Booking& booking);
  void remove(const Booking& booking);

 private:
  [[nodiscard]] Instant earliest_single(const Shape& shape, Instant from, Instant limit) const;
  [[nodiscard]] std::optional<std::vector<NodeIndex>> nodes_at(const Shape& shape, Instant start) const;

  Instant now_;
  std::vector<NodeFacts> nodes_;
  std::vector<Timeline> timelines_;
  Timeline together_;  ///< their sum
};

}  // namespace mingyue::sched
