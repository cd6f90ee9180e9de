#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "sched/context.hpp"

namespace mingyue::sched {

/// Running work that could be asked to end for somebody.
struct Victim {
  std::size_t running = 0;  ///< index into Snapshot::running
  model::AttemptId attempt;
  std::vector<std::pair<NodeIndex, Room>> holds;
  Instant out;            ///< when its room comes back if it is asked now
  Instant end;            ///< when it comes back anyway
  std::int64_t work = 0;  ///< what would be lost: unsaved run time × weighted cores held, in core-milliseconds
};

struct Claim {
  std::vector<std::size_t> victims;  ///< indices into Snapshot::running, ascending
  Booking booking;
};

/// The victims whose end lets the job start as soon as the last of them is gone, and before `before`; nothing if there
/// are none. Of all such sets the one that loses least unsaved work, then the smallest, then the newest attempts.
///
/// Exact while few enough could be victims (`exact_max`, on each node for a job of one task); beyond that, by rule of
/// thumb: cheapest first until the job fits, then the dearest that are not needed are let go.
///
/// `calendar` holds everything that goes before the job, and neither the job nor what comes after it. It is changed on
/// the way and handed back as it was.
[[nodiscard]] std::optional<Claim> claim(Calendar& calendar, const Shapes& shapes, std::span<const ShapeId> wanted,
                                         Instant before, const std::vector<Victim>& victims);

inline constexpr std::size_t exact_max = 8;

}  // namespace mingyue::sched
