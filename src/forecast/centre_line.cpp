#include "forecast/centre_line.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/units.hpp"

namespace mingyue::forecast {
namespace {

/// Supposed jobs stand behind all real ones in the order of ids.
constexpr std::uint64_t first_supposed = std::uint64_t{1} << 63;

/// Where age does not count in the order, a point is worth more time than anything else.
constexpr Duration a_point_without_age = days(3'650);

}  // namespace

CentreLine::CentreLine(Moment moment, const CentreArrivals& arrivals, const std::function<bool(model::JobId)>& knows)
    : moment_(std::move(moment)), waiting_(moment_.input.snapshot.waiting.size()), known_(arrivals.known(now())) {
  suppose_all(arrivals);
  const sched::Snapshot& snapshot = moment_.input.snapshot;
  keys_.resize(snapshot.waiting.size());
  for (const auto& [id, terms] : sched::order(snapshot)) {
    const auto place = std::ranges::lower_bound(snapshot.waiting, id, {}, &sched::WaitingView::id);
    keys_[static_cast<std::size_t>(place - snapshot.waiting.begin())] = key(terms);
  }
  for (std::size_t p = 0; p < snapshot.partitions.size(); ++p) {
    lines_.emplace_back(snapshot, static_cast<std::int32_t>(p), sched::Backfill::easy,
                        sched::PartitionLine::Away::kept);
  }
  in_line_.resize(lines_.size());
  again_.resize(lines_.size());
  line_up(knows);
  add_arrivals(arrivals);
}

/// So that the order says where each would stand if it came now.
void CentreLine::suppose_all(const CentreArrivals& arrivals) {
  sched::Snapshot& snapshot = moment_.input.snapshot;
  const model::JobSpec* last = nullptr;
  sched::WaitingView common;
  for (std::uint64_t i = arrivals.begin(); i != arrivals.end(); ++i) {
    const model::JobSpec& spec = *arrivals[i].spec;
    if (&spec != last) {
      last = &spec;
      const auto partition = std::ranges::find(snapshot.partitions, spec.partition, &model::Partition::name);
      const auto rank = std::ranges::find(moment_.classes, spec.priority_class, &model::PriorityClass::name);
      common = {.partition = static_cast<std::int32_t>(partition - snapshot.partitions.begin()),
                .rank = rank == moment_.classes.end() ? 0 : rank->rank,
                .preemptible = spec.preemptible,
                .project = spec.project,
                .user = spec.user,
                .wall = spec.wall,
                .eligible_since = snapshot.now,
                .spec = &spec};
    }
    if (arrivals[i].run <= Duration{} || common.partition == static_cast<std::int32_t>(snapshot.partitions.size()))
      continue;
    sched::WaitingView view = common;
    view.id = model::JobId{first_supposed + i};
    snapshot.waiting.push_back(std::move(view));
  }
}

/// Points into time: the age term grows by `weight_age` thousand points over the longest age.
std::int64_t CentreLine::key(const sched::PriorityTerms& terms) const {
  const model::Policy& policy = moment_.input.snapshot.policy;
  const std::int64_t points = std::int64_t{policy.weight_age} * 1'000;
  const std::int64_t span = (policy.age_max + policy.shortest_first).raw();
  const Int128 time = points > 0 && span > 0 ? static_cast<Int128>(terms.total) * span / points
                                             : static_cast<Int128>(terms.total) * a_point_without_age.raw();
  constexpr auto most = static_cast<Int128>(std::numeric_limits<std::int64_t>::max() / 2);
  return -static_cast<std::int64_t>(std::clamp(time, -most, most));
}

void CentreLine::line_up(const std::function<bool(model::JobId)>& knows) {
  const sched::Snapshot& snapshot = moment_.input.snapshot;
  for (std::size_t i = 0; i < waiting_; ++i) {
    const sched::WaitingView& job = snapshot.waiting[i];
    const bool retries = job.blocked == sched::Blocked::retry_delay && job.blocked_until;
    if ((job.blocked != sched::Blocked::no && !retries) || !knows(job.id)) continue;
    const auto p = static_cast<std::size_t>(job.partition);
    const Duration wall_max = snapshot.partitions[p].wall_max;
    const sched::Allowance allowance = sched::allowance_of(job);
    if (!lines_[p].ever_fits(*job.spec, allowance) || (wall_max > Duration{} && job.wall > wall_max)) continue;
    lines_[p].submit(job.id, *job.spec, job.wall, keys_[i], retries ? *job.blocked_until : Instant{0}, allowance);
    in_line_[p].push_back(job.id.raw());
  }
}

void CentreLine::add_arrivals(const CentreArrivals& arrivals) {
  const sched::Snapshot& snapshot = moment_.input.snapshot;
  for (std::size_t i = waiting_; i < snapshot.waiting.size(); ++i) {
    const sched::WaitingView& job = snapshot.waiting[i];
    const auto p = static_cast<std::size_t>(job.partition);
    const sched::Allowance allowance = sched::allowance_of(job);
    if (!lines_[p].ever_fits(*job.spec, allowance)) continue;
    const std::int32_t shape = lines_[p].shape_of(*job.spec, allowance);
    const auto [requests, is_new] = requests_.try_emplace({p, shape});
    if (is_new) requests->second = lines_[p].requests(shape);
    const CentreArrivals::Came& came = arrivals[job.id.raw() - first_supposed];
    Again& again = again_[p].emplace_back();
    again.came_at = came.at;
    again.arrival = {.key = keys_[i], .demand = {}, .wall = job.wall, .run = came.run};
    const auto& ways = requests->second;
    if (ways.size() == 1 && ways.front().parts.size() == 1)
      again.arrival.demand = ways.front().parts.front();
    else
      again.arrival.alternatives = &ways;
  }
}

InLine CentreLine::line(std::size_t partition) const {
  const sched::Snapshot& snapshot = moment_.input.snapshot;
  InLine line{.planner = lines_[partition].planner(), .planned = false, .waiting = in_line_[partition], .running = {}};
  for (const sched::RunningView& run : snapshot.running) {
    if (!lines_[partition].runs(run.attempt.job)) continue;
    line.running.push_back({run.attempt.job.raw(), run.ends_by});
  }
  return line;
}

Suppositions CentreLine::arrivals(std::size_t partition) const {
  return [this, partition](std::size_t future) -> std::function<const SupposedArrival*()> {
    const auto lag = lag_of(future, known_);
    if (!lag) return {};
    const std::vector<Again>& all = again_[partition];
    const auto first = std::ranges::upper_bound(all, now() - *lag, {}, &Again::came_at);
    return [this, &all, next = static_cast<std::size_t>(first - all.begin()), lag = *lag,
            one = SupposedArrival{}]() mutable -> const SupposedArrival* {
      if (next == all.size()) return nullptr;
      const Again& again = all[next++];
      one = again.arrival;
      one.at = again.came_at + lag;
      one.key += (one.at - now()).raw();
      return &one;
    };
  };
}

}  // namespace mingyue::forecast
