#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"

/// Nodes set aside for a time: for the work of named projects and users, or for maintenance.
namespace mingyue::model {

enum class ReservationKind : std::uint8_t {
  work = 1,         ///< only jobs that name it, of its projects and users
  maintenance = 2,  ///< nobody
};
DESCRIBE_ENUM(ReservationKind, work, maintenance)

/// A reservation has one window, or repeats it: windows [start + n · every, end + n · every) for every n for which the
/// start is before `until`. `start` and `end` are those of the window that is open or, if none is, of the next one.
///
/// Its nodes are named when it is made, also where only their number was asked for: so it is known from then on which
/// nodes no other work may reach into, and a promise beside it is exact.
struct Reservation {
  ReservationId id;
  std::string name;  ///< one of its kind among those that are not over
  ReservationKind kind = ReservationKind::work;
  std::string partition;
  std::vector<NodeId> nodes;  ///< ascending, all of that partition
  Instant start;
  Instant end;
  Duration every;                     ///< from start to start; 0: once. Never shorter than the window
  Instant until;                      ///< no window begins then or later; only with `every`
  std::vector<std::string> projects;  ///< whose jobs may ask to run inside
  std::vector<std::string> users;
  std::string by;
  std::string why;
  Instant made_at;
  bool open = false;  ///< its window has begun
  friend bool operator==(const Reservation&, const Reservation&) = default;
};
DESCRIBE(Reservation, id, name, kind, partition, nodes, start, end, every, until, projects, users, by, why, made_at,
         open)

}  // namespace mingyue::model
