#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sched/room.hpp"

/// What LinePlanner plans with: nodes, and what jobs ask of them.
namespace mingyue::sched {

using JobNumber = std::uint64_t;  ///< of the caller; unique among waiting and running jobs

/// Nodes are numbered from 0 in the order given.
struct LineNode {
  Room total;
  std::int32_t kind = 0;  ///< nodes of one kind are interchangeable: equal room and card type; from 0 without gaps
  std::int32_t leaf = 0;  ///< its leaf switch, from 0
};

/// What a gang of equal tasks asks of one kind of node: as many whole nodes as it fills, and the rest of it on one node
/// that it may share.
struct Demand {
  std::int32_t kind = 0;
  std::int32_t whole = 0;  ///< nodes of which it has all
  Room whole_room;         ///< taken of each
  Room part;               ///< taken of one more node; all zero: none
  [[nodiscard]] bool has_part() const { return part != Room{}; }
  [[nodiscard]] std::int32_t nodes() const { return whole + (has_part() ? 1 : 0); }
  friend bool operator==(const Demand&, const Demand&) = default;
};

/// Several demands at once: they all start at one instant, or none does. For a job of several parts, for tasks that
/// must stand on different nodes, for a gang that spans kinds.
struct Request {
  std::vector<Demand> parts;
  bool apart = false;  ///< the shared node of each is one that no other part of this request uses
  friend bool operator==(const Request&, const Request&) = default;
};

/// What a job that runs holds of a node: cores and cards together.
struct Taken {
  std::int32_t node = 0;
  Room room;
};

struct DemandHash {
  [[nodiscard]] std::size_t operator()(const Demand& demand) const;
  [[nodiscard]] std::size_t operator()(const std::vector<Request>& alternatives) const;
};

/// How `tasks` tasks of `need` fill nodes of this total; nothing if not even one fits.
[[nodiscard]] std::optional<Demand> demand_of(std::int32_t kind, const Room& total, std::int32_t tasks,
                                              const Room& need);

/// The resource by which shared nodes are kept: cards where there are any, else cores.
[[nodiscard]] inline std::int32_t level_of(const Room& total, const Room& room) {
  return total.cards > CardCount{0} ? room.cards.raw() : room.cores.raw();
}

}  // namespace mingyue::sched
