#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/state.hpp"

/// What reservations mean for nodes and attempts, at any time: reckoned from their windows alone, so that it holds at
/// the very millisecond, whether or not the centre has come to say that a window has begun.
namespace mingyue::core {

/// Other work is planned to be off the nodes so long before a window: an attempt may start late, and has its wall limit
/// from then.
inline constexpr Duration reservation_margin = minutes(1);

inline constexpr std::size_t reservations_max = 200;  ///< that are not over
inline constexpr std::int64_t windows_max = 400;      ///< of one reservation: a year of days, and a month
inline constexpr std::size_t windows_planned = 64;    ///< the planner sees so many of one, and the rest as one block
inline constexpr Duration reservation_ahead = days(366);  ///< begins within, and lasts no longer

/// The window that is open at `now`, or the next one; nothing if all are over.
[[nodiscard]] std::optional<sched::Window> window_at(const model::Reservation& reservation, Instant now);
/// Those that are not over, as the planner sees them.
[[nodiscard]] std::vector<sched::Window> windows_ahead(const model::Reservation& reservation, Instant now);
/// Of all of them, from its present window on: the first instant that both want; nothing if they never meet.
[[nodiscard]] std::optional<Instant> first_overlap(const model::Reservation& a, const model::Reservation& b);

[[nodiscard]] const model::Reservation* find_reservation(const State& state, std::string_view name);
/// Its projects and users may.
[[nodiscard]] bool may_use(const model::Reservation& reservation, const model::JobSpec& spec);

/// True if an attempt of this job that is granted now may be on the node for all of its wall limit.
[[nodiscard]] bool open_to(const State& state, const model::JobSpec& spec, model::NodeId node, Instant now);

/// When the attempt ends at the latest, were nothing reserved: its wall limit, or the end that it was asked for.
[[nodiscard]] Instant ends_by(const State& state, const Attempt& attempt);

}  // namespace mingyue::core
