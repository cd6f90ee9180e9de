#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "sched/line_planner.hpp"

/// The plan, run forward: a copy of the planner goes on under supposed run times and supposed arrivals, by its own
/// policy and with the limits that its users set, and says who starts when. The planner itself is not touched.
namespace mingyue::forecast {

struct SupposedEnd {
  sched::JobNumber job = 0;
  Instant at;  ///< of a job that runs now; later than now
};

struct SupposedArrival {
  Instant at;
  std::int64_t key = 0;  ///< its place in the line, as for LinePlanner::arrive
  sched::Demand demand;
  Duration wall;
  Duration run;                                               ///< what it will take
  const std::vector<sched::Request>* alternatives = nullptr;  ///< where a Demand cannot say what it asks for
};

struct Lookahead {
  Instant now;
  std::span<const SupposedEnd> ends;  ///< of all jobs that run, in any order
  /// How long a job that waits now will run, > 0. Asked once, when it starts.
  std::function<Duration(sched::JobNumber)> run_of;
  /// The next arrival, in order of time, not before now; null: no more. Empty: none at all.
  std::function<const SupposedArrival*()> next_arrival;
  /// Stop when this one has started; 0: when all that wait now have.
  sched::JobNumber wanted = 0;
  std::int64_t plans_exact = 400;  ///< after so many plans, time is taken in steps of 1/32 of its distance from now
  Duration horizon = days(30);     ///< no further
  bool planned = true;             ///< the planner's step() for now was made; false: it is made here first
  std::function<bool()> go_on;     ///< asked before each plan; false: stop here. Empty: always
};

struct SupposedStart {
  sched::JobNumber job = 0;
  Instant at;
};

struct Outlook {
  std::vector<SupposedStart> starts;  ///< of jobs that wait now, in order of time
  Instant until;                      ///< how far it looked: who has not started is later than this
  std::int64_t plans = 0;
};

/// At most plans_exact plans, and 32 for each doubling of the time looked ahead (30 days: about 700), however many jobs
/// there are. Besides them it costs the copy of the planner.
[[nodiscard]] Outlook look_ahead(const sched::LinePlanner& planner, const Lookahead& what);

}  // namespace mingyue::forecast
