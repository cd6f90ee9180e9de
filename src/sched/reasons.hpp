#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sched/context.hpp"
#include "sched/counted_plan.hpp"

namespace mingyue::sched {

/// A waiting job that is not a candidate, or is: what reasons() needs to know of each, in the order.
struct Queued {
  const WaitingView* job = nullptr;
  std::int32_t section = 0;  ///< in which it is planned
  const PriorityTerms* terms = nullptr;
  std::int32_t place = 0;
  std::span<const ShapeId> shapes;
  Instant floor;  ///< no start before
  /// handed_over: of a guest partition; the engine's own queue decides the rest.
  enum class Kind : std::uint8_t { blocked, wall_exceeds, too_large, candidate, handed_over } kind = Kind::candidate;
  std::size_t candidate = 0;  ///< index within its section's candidates
};

/// Why each job that does not start waits, and what would change it, in the order of the queue.
///
/// The queue is walked once more from the top, with calendars that hold exactly what goes before the job at hand: so
/// every "it would start now if" is tried in the very situation in which the job was planned. Counterfactuals are tried
/// for the first `tried_max` waiting jobs; the others are told when they are expected. (Their cost is a few placements
/// each; 200 are more than a person reads, and those behind them are rarely one change away from a start.)
///
/// `candidates` are those of each section, with their bookings; `counted` the plans of partitions that count, null for
/// the others.
[[nodiscard]] std::vector<Wait> reasons(Context& context, const std::vector<Queued>& queue,
                                        const std::vector<std::vector<Candidate>>& candidates,
                                        const std::vector<std::unique_ptr<CountedPlan>>& counted);

/// Code, arguments and change for a job that may not be considered at all just now.
void explain_blocked(Wait& wait, const WaitingView& job);

inline constexpr int tried_max = 200;

}  // namespace mingyue::sched
