#include "forecast/lookahead.hpp"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "forecast/log_scale.hpp"

namespace mingyue::forecast {
namespace {

/// Jobs that are only supposed have numbers that no job of a centre will reach.
constexpr sched::JobNumber first_supposed = sched::JobNumber{1} << 63;

using Scale = LogScale<5>;

struct End {
  Instant at;
  sched::JobNumber job = 0;
  friend auto operator<=>(const End&, const End&) = default;
};

}  // namespace

Outlook look_ahead(const sched::LinePlanner& planner, const Lookahead& what) {
  sched::LinePlanner copy = planner;
  Outlook outlook{.until = what.now};
  std::size_t left = copy.waiting();
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  for (const SupposedEnd& end : what.ends) ends.push({std::max(end.at, what.now + milliseconds(1)), end.job});
  std::unordered_map<sched::JobNumber, Duration> runs;  // of the supposed arrivals
  sched::JobNumber supposed = first_supposed;
  const auto pull = [&] { return what.next_arrival ? what.next_arrival() : nullptr; };
  const SupposedArrival* arrival = pull();

  /// Plans at this instant; true when the one that is wanted has started.
  const auto plan = [&](Instant at) {
    ++outlook.plans;
    outlook.until = at;
    for (const sched::LineStart& start : copy.step(at)) {
      Duration run;
      if (start.job >= first_supposed) {
        const auto it = runs.find(start.job);
        run = it->second;
        runs.erase(it);
      } else {
        outlook.starts.push_back({start.job, at});
        if (start.job == what.wanted) return true;
        --left;
        run = what.run_of(start.job);
      }
      ends.push({at + std::max(run, milliseconds(1)), start.job});
    }
    return false;
  };

  const Instant last = what.now + what.horizon;
  if (!what.planned && plan(what.now)) return outlook;
  while (left > 0) {
    Instant at = arrival == nullptr ? never : arrival->at;
    if (!ends.empty()) at = std::min(at, ends.top().at);
    if (!what.planned) {  // in a centre a job may wait for an instant
      if (const auto due = copy.next_due(); due && *due > outlook.until) at = std::min(at, *due);
    }
    if (at >= last) {
      outlook.until = last;
      break;
    }
    if (what.go_on && !what.go_on()) break;
    // All events of a step happen at its end, and the plan is made once.
    if (outlook.plans >= what.plans_exact) {
      const std::int64_t step = Scale::step_of((at - what.now).raw());
      at = std::max(at, what.now + Duration{Scale::least_of(step + 1) - 1});
    }
    at = std::max(at, outlook.until);
    for (; !ends.empty() && ends.top().at <= at; ends.pop()) copy.end(ends.top().job, ends.top().at);
    for (; arrival != nullptr && arrival->at <= at; arrival = pull()) {
      runs.emplace(supposed, arrival->run);
      if (arrival->alternatives != nullptr)
        copy.arrive(supposed++, arrival->key, *arrival->alternatives, arrival->wall);
      else
        copy.arrive(supposed++, arrival->key, arrival->demand, arrival->wall);
    }
    if (plan(at)) return outlook;
  }
  return outlook;
}

}  // namespace mingyue::forecast
