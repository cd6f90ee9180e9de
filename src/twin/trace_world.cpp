#include "twin/trace_world.hpp"

#include <algorithm>

#include "base/invariant.hpp"

namespace mingyue::twin {
namespace {
constexpr Instant epoch{1'767'225'600'000};  // 2026-01-01: a trace without a date of its own begins there
}

TraceWorld::TraceWorld(workload::Source& source, const TraceRunOptions& options)
    : source_(source),
      options_(options),
      begin_(begin()),
      lines_(options.centre, options.policy, begin_),
      collector_(setup()),
      promised_(lines_.size()),
      nodes_changed_(lines_.size()),
      next_fault_(options.centre.nodes.size(), never),
      jobs_on_(options.centre.nodes.size()) {}

/// The window begins where the trace says, or with its first job.
Instant TraceWorld::begin() {
  more_ = source_.next(next_);
  origin_ = source_.facts().start.value_or(epoch);
  return source_.facts().window > Duration{0} || !more_ ? origin_ : origin_ + next_.submit;
}

Expected<TraceRun> TraceWorld::run() {
  model::Centre centre = options_.centre;
  for (model::Partition& partition : centre.partitions) partition.spares = 0;  // the lines here know of none
  execute(core::ConfigureCentre{std::move(centre), {}}, begin_);
  if (options_.forecast) forecasters_.resize(lines_.size());
  const Instant stop = options_.until > Duration{0} ? begin_ + options_.until : never;
  if (faults_) foresee(begin_);
  const auto submitted_at = [&] { return origin_ + next_.submit; };
  bool more = more_ && submitted_at() < stop;
  std::uint64_t told = 0;
  while (more || !live_.empty()) {
    Instant now = more ? submitted_at() : never;
    if (!due_.empty()) now = std::min(now, due_.top().at);
    if (const auto due = lines_.next_due(); due && *due > last_ && options_.policy == sched::Backfill::conservative)
      now = std::min(now, *due);
    if (!options_.drain && now >= stop) break;
    while (!due_.empty() && due_.top().at <= now) {
      const Due one = due_.top();
      due_.pop();
      happen(one);
    }
    while (more && submitted_at() <= now) {
      submit(next_, now);
      more = source_.next(next_) && submitted_at() < stop;
    }
    plan(now);
    last_ = now;
    check_laws();
    if (options_.tell && out_.events - told > 1'000) {
      told = out_.events;
      options_.tell(source_.progress(), now);
    }
  }
  CHECK_OK(source_.status());
  return finish(stop);
}

/// As runtime::Kernel, without the log's bytes.
const std::vector<core::EventBody>& TraceWorld::execute(const core::Command& command, Instant now) {
  auto decided = core::decide(state_, command, std::max(now, state_.now));
  bodies_.clear();
  if (!decided) return bodies_;
  bodies_ = std::move(*decided);
  for (core::EventBody& body : bodies_) {
    core::Event event{std::max(now, state_.now), std::move(body)};
    rows_.clear();
    ledger::record(book_, event, rows_);
    for (const ledger::Use& row : rows_) use(book_.pools[row.pool].key, row.use, row.count, row.from, row.to);
    core::apply(state_, event);
    body = std::move(event.body);
    ++out_.events;
  }
  return bodies_;
}

/// A partition's cores are left out of the report where it has cards: they are not what is scarce.
void TraceWorld::use(const ledger::PoolKey& pool, ledger::UseClass how, std::int64_t count, Instant from, Instant to) {
  for (std::uint32_t i = 0; i < pools_.size(); ++i) {
    if (pools_[i].card_type == pool.card_type && pools_[i].partition == pool.partition)
      return collector_.interval(report::PoolIndex{i}, how, count, from, to);
  }
}

void TraceWorld::happen(const Due& due) {
  switch (due.what) {
    case What::saved:
      return saved(due);
    case What::end:
      if (is_current(due)) end(due);
      return;
    case What::fault:
      return on_fault(due);
    case What::noticed:
      return notice(due);
    case What::restored:
      return restore(due);
    case What::foresee:
      return foresee(due.at);
    case What::started:
      if (is_current(due)) start(due.who, due.at);
      return;
  }
}

/// The ledger checks its law at every event by itself. That no card is in two leases, and that ledger and core agree,
/// costs a look at every lease and node: in test builds, now and then where there are thousands.
void TraceWorld::check_laws() {
#ifdef MINGYUE_EXPENSIVE_INVARIANTS
  if (options_.centre.nodes.size() > 200 && out_.steps % 64 != 0) return;
  core::check(state_);
  ledger::check(book_, state_);
#endif
}

}  // namespace mingyue::twin
