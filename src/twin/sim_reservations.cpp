#include "twin/sim_reservations.hpp"

#include <algorithm>

#include "base/invariant.hpp"

namespace mingyue::twin {
namespace {

/// Calls `each(from, to)` for every window that is not over at `now`.
template <class Each>
void each_window(const model::Reservation& r, Instant now, Each each) {
  for (Instant from = r.start; from == r.start || from < r.until; from = from + r.every) {
    const Instant to = from + (r.end - r.start);
    if (to > now) each(from, to);
    if (r.every == Duration{0}) return;
  }
}

}  // namespace

void check_reservations(const core::State& state, const std::vector<core::Event>& events) {
  if (state.reservations.empty()) return;
  for (const core::Event& event : events) {
    const auto* granted = std::get_if<core::LeaseGranted>(&event.body);
    if (granted == nullptr) continue;
    const model::JobSpec& spec = core::State::spec(state.jobs.at(granted->attempt.job));
    const Instant end = event.at + spec.wall;
    for (const auto& [id, r] : state.reservations) {
      const bool inside = spec.reservation == r.name;
      bool within = false;
      for (const model::NodeShare& share : granted->lease.shares()) {
        const bool there = std::ranges::find(r.nodes, share.node) != r.nodes.end();
        INVARIANT(there || !inside, "job {} is on node {}, outside its reservation {}", granted->attempt.job.raw(),
                  share.node.raw(), r.name);
        if (!there) continue;
        each_window(r, event.at, [&](Instant from, Instant to) {
          within = within || (from <= event.at && end <= to);
          INVARIANT(inside || end <= from || to <= event.at, "job {} may run into reservation {} on node {}",
                    granted->attempt.job.raw(), r.name, share.node.raw());
        });
      }
      INVARIANT(within || !inside, "job {} runs in no window of its reservation {}", granted->attempt.job.raw(),
                r.name);
    }
  }
}

}  // namespace mingyue::twin
