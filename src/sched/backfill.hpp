#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "sched/pressure.hpp"

/// The policies of LinePlanner. They carry their names from the literature:
///
///   fcfs           first come, first served: nothing overtakes.
///   easy           EASY (D. Lifka, "The ANL/IBM SP Scheduling System", JSSPP 1995): the first that cannot start is
///                  promised its earliest start; whatever does not delay that one may start.
///   easy_sjbf      the same, and the shortest request is tried first ("shortest job backfilled first"; D. Tsafrir,
///                  Y. Etsion, D. G. Feitelson, IEEE TPDS 18(6), 2007).
///   aged           EASY in the order of sched/line_order.hpp, aged shortest first, and nearly in that of arrival while
///                  the partition is full (sched/pressure.hpp). A gang that is first in line and lacks only a few nodes
///                  keeps others from starting (LinePlanner::restarts). While the partition is overloaded, whom the
///                  start is promised follows sched/line_overloaded.cpp. The default.
///   conservative   everyone is promised the earliest start that delays nobody before them (Mu'alem and Feitelson
///                  2001).
namespace mingyue::sched {

enum class Backfill : std::uint8_t { fcfs = 1, easy = 2, easy_sjbf = 3, conservative = 4, aged = 5 };
[[nodiscard]] std::optional<Backfill> parse_backfill(std::string_view name);
[[nodiscard]] std::string_view print_backfill(Backfill policy);

/// Where a job stands in the line of this policy. It keeps the place that it got when it came.
[[nodiscard]] std::int64_t key_of(Backfill policy, Instant submitted, Duration wall, std::int64_t size,
                                  Pressure pressure = Pressure::calm);

}  // namespace mingyue::sched
