#include <algorithm>

#include "base/invariant.hpp"
#include "sched/line_order.hpp"
#include "twin/trace_world.hpp"

/// Jobs: submitted, planned, granted, computing, saving, ending.
namespace mingyue::twin {
namespace {

using model::JobId;
using sched::Room;

/// The core is told of written checkpoints in batches of so much time, and of each that matters: the last before a
/// fault or an end. What counts as written is exact; where in time it is shown is right to within this.
constexpr Duration telling = hours(6);
/// A job that saves less often than this is told of every checkpoint, as faults are not foreseen as far ahead.
constexpr Duration telling_each = days(1);

}  // namespace

void TraceWorld::submit(const workload::TraceJob& job, Instant now) {
  ++out_.jobs;
  const Room need{CoreCount{std::max(job.cores_per_task, job.cards_per_task > 0 ? 0 : 1)},
                  Bytes{std::int64_t{job.memory_mib_per_task} << 20}, CardCount{job.cards_per_task}};
  const auto spot = lines_.spot_for(job.tasks, need);
  if (!spot) {
    ++out_.refused;
    return;
  }
  core::SubmitJob submit{.by = operator_};
  model::JobSpec& spec = submit.spec.edit();
  spec.name = "t";
  spec.user = "trace";
  spec.project = "trace";
  spec.partition = lines_.name(spot->partition);
  spec.priority_class = options_.centre.classes.front().name;
  spec.wall = job.request;
  spec.retry = {.attempts = 1'000'000, .delay = {}, .on_exit = false};
  if (options_.faults) spec.hang_after = options_.faults->response.hang_detection;
  model::Part& part = spec.parts.emplace_back();
  part.name = "main";
  part.tasks = job.tasks;
  part.need = {.cores = need.cores,
               .memory = need.memory,
               .cards = need.cards,
               .card_type = job.cards_per_task > 0 ? lines_.card_type(*spot) : ""};
  part.command.emplace_back("true");
  const JobId id = state_.next_job;
  if (execute(submit, now).empty()) {
    ++out_.refused;
    return;
  }
  const bool cards = job.cards_per_task > 0;
  LiveJob live{.submitted_at = now,
               .user = job.user,
               .left = job.run,
               .limit = job.request,
               .of_trace = job.checkpoint,
               .end = job.end,
               .spot = *spot,
               .need = need,
               .tasks = job.tasks,
               .size = std::int64_t{job.tasks} * (cards ? job.cards_per_task : need.cores.raw())};
  live.life = {.size = live.size, .submitted_at = now};
  if (cards == has_cards_) offered_ += live.size * static_cast<Int128>(job.run.raw());
  enter_line(id.raw(), live_.emplace(id.raw(), std::move(live)).first->second, now);
  out_.waiting_most = std::max(out_.waiting_most, lines_.waiting());
}

void TraceWorld::enter_line(std::uint64_t job, LiveJob& live, Instant now) {
  // The interval is chosen here and not at the start, so that the line knows how long the job may hold its nodes. A
  // user who saves asks for the time that it takes: the limit is as much longer as writing takes in it.
  live.interval = interval_of(live, now);
  live.writing =
      live.interval == Duration{0} ? Duration{0} : options_.checkpoint.write * (live.limit.raw() / live.interval.raw());
  const Duration restart = live.attempt > 0 ? options_.faults->response.restart : Duration{0};
  sched::LinePlanner& line = lines_.line(live.spot.partition);
  // What a fault interrupted is not put back again: it stands by when it came.
  live.key = live.attempt > 0
                 ? sched::arrival_key(live.submitted_at)
                 : sched::key_of(options_.policy, live.submitted_at, live.limit, live.size, line.pressure());
  line.arrive(job, live.key, live.spot.demand, restart + live.limit + live.writing);
  if (live.attempt > 0) line.restarts(job);
  live.closed_at = now;
  waiting_size_ += live.size;
  if (forecasters_.empty()) return;
  const auto p = static_cast<std::size_t>(live.spot.partition);
  const forecast::RunFacts facts{.user = live.user, .size = live.size, .limit = restart + live.limit + live.writing};
  forecasters_[p].submitted({job, facts, live.spot.demand, live.key}, now);
  if (live.attempt == 0) fresh_.emplace_back(live.spot.partition, job);
}

/// Who came and did not start at once is told when it will.
void TraceWorld::forecast_fresh(Instant now) {
  for (const auto& [p, job] : fresh_) {
    forecast::Forecaster& forecaster = forecasters_[static_cast<std::size_t>(p)];
    if (const auto when = forecaster.forecast(job, lines_.line(p), now))
      forecaster.stated(*when);
    else
      ++out_.started_at_once;
  }
  fresh_.clear();
}

Duration TraceWorld::interval_of(const LiveJob& live, Instant now) const {
  const CheckpointPolicy& policy = options_.checkpoint;
  const auto nodes = live.spot.demand.whole + (live.spot.demand.has_part() ? 1 : 0);
  Duration mtbf{never.raw()};
  if (policy.rule == CheckpointRule::automatic)
    mtbf = failure_rate_.mtbf(nodes, now);
  else if (faults_)
    mtbf = mtbf_of(faults_->per_million_node_days(), nodes);
  return checkpoint_interval(policy, live.of_trace, mtbf);
}

void TraceWorld::plan(Instant now) {
  core::AdoptPlan plan;
  std::vector<std::pair<std::int32_t, sched::LineStart>> starts;
  for (std::int32_t p = 0; p < static_cast<std::int32_t>(lines_.size()); ++p) {
    ++out_.steps;
    auto of_line = lines_.line(p).step(now);
    check_promise(p, of_line);
    for (sched::LineStart& start : of_line) {
      if (!forecasters_.empty()) forecasters_[static_cast<std::size_t>(p)].started(start.job, now);
      starts.emplace_back(p, std::move(start));
    }
  }
  if (!fresh_.empty()) forecast_fresh(now);
  plan.starts.reserve(starts.size());
  for (const auto& [p, start] : starts) {
    LiveJob& live = live_.at(start.job);
    waiting_size_ -= live.size;
    sched::Start& one = plan.starts.emplace_back();
    one.job = JobId{start.job};
    one.nodes.reserve(static_cast<std::size_t>(live.tasks));
    live.nodes.clear();
    for (const std::int32_t in_line : start.nodes) {
      const std::int32_t node = lines_.node_of(p, in_line);
      live.nodes.push_back(node);
      for (std::int32_t i = 0; i < live.spot.tasks_a_node && static_cast<std::int32_t>(one.nodes.size()) < live.tasks;
           ++i) {
        one.nodes.emplace_back(static_cast<std::uint32_t>(node));
      }
    }
  }
  plan.idle = idle();
  collector_.queue(now, static_cast<std::int64_t>(lines_.waiting()), waiting_size_);
  if (plan.starts.empty() && plan.idle == state_.idle) return;
  std::size_t granted = 0;
  for (const auto& body : execute(plan, now)) granted += std::holds_alternative<core::LeaseGranted>(body) ? 1 : 0;
  INVARIANT(granted == starts.size(), "the planner started {} jobs, the core granted {}", starts.size(), granted);
  for (const auto& [p, start] : starts) grant(start.job, now);
}

/// Who stands first in a line is promised a start. Nothing may move it later but nodes that fail, and jobs that came
/// and stand before it: no backfill does.
void TraceWorld::check_promise(std::int32_t partition, const std::vector<sched::LineStart>& starts) {
  const sched::LinePlanner& line = lines_.line(partition);
  Promised& before = promised_[static_cast<std::size_t>(partition)];
  std::uint8_t& changed = nodes_changed_[static_cast<std::size_t>(partition)];
  const auto first = line.head();
  const auto promise = first ? line.promise(*first) : std::nullopt;
  const bool overtaken =
      first && std::ranges::any_of(starts, [&](const sched::LineStart& start) {
        return std::pair(live_.at(start.job).key, start.job) < std::pair(live_.at(*first).key, *first);
      });
  if (promise && first == before.first && !overtaken && changed == 0 && broken_.empty() && slow_.empty() &&
      hit_.empty()) {
    INVARIANT(*promise <= before.at, "job {} was promised {}, and then {}", *first, print_instant(before.at),
              print_instant(*promise));
    ++promises_checked_;
  }
  before = {promise ? first : std::nullopt, promise.value_or(never)};
  changed = 0;
}

void TraceWorld::grant(std::uint64_t job, Instant now) {
  LiveJob& live = live_.at(job);
  ++live.attempt;
  ++live.version;
  live.granted_at = now;
  for (const std::int32_t node : live.nodes) jobs_on_[static_cast<std::size_t>(node)].push_back(job);
  live.computing = false;
  live.still_from.reset();
  if (live.attempt > 1) live.life.waiting += now - live.closed_at;
  const Duration delay = live.attempt > 1 ? options_.faults->response.restart : Duration{0};
  if (delay > Duration{0})
    due_.push({now + delay, What::started, job, live.attempt, live.version});
  else
    start(job, now);
}

/// How the pools' idle divides: held for the first in line as far as that needs it, the rest stranded; unwanted when
/// nothing waits.
std::vector<sched::IdleClasses> TraceWorld::idle() {
  std::vector<sched::IdleClasses> all;
  for (const ledger::Pool& pool : book_.pools) {
    const ledger::PoolKey& key = pool.key;
    const std::int64_t free = pool.capacity - pool.busy - pool.down - pool.drained;
    sched::IdleClasses one{.partition = key.partition, .card_type = key.card_type};
    const auto partition = lines_.find(key.partition);
    const auto first = partition ? lines_.line(*partition).head() : std::nullopt;
    const bool leading = std::ranges::find(pools_, report::Pool{key.partition, key.card_type}) != pools_.end();
    if (!first || !leading) {
      one.unwanted = free;
    } else {
      const LiveJob& live = live_.at(*first);
      const bool of_it = lines_.card_type(live.spot) == key.card_type;
      one.promised = of_it ? std::min(free, live.size) : 0;
      one.stranded = free - one.promised;
    }
    all.push_back(std::move(one));
  }
  return all;
}

void TraceWorld::start(std::uint64_t job, Instant now) {
  LiveJob& live = live_.at(job);
  execute(core::ReportLaunched{{JobId{job}, live.attempt}}, now);
  live.computing = true;
  live.started_at = now;
  live.clock = WorkClock(now, live.left, live.interval, options_.checkpoint.write);
  live.limit_at = now + live.limit + live.writing;
  live.told_at = now;
  live.told_written = {};
  failure_rate_.running(static_cast<std::int64_t>(live.nodes.size()), now);
  if (!broken_.empty() || !slow_.empty()) {
    for (const std::int32_t node : live.nodes) {
      const auto n = static_cast<std::uint32_t>(node);
      if (broken_.contains(n)) live.still_from = now;  // nothing will come of it
      if (const auto slow = slow_.find(n); slow != slow_.end())
        live.clock.slow_down(std::max(live.clock.factor(), slow->second.factor));
    }
  }
  if (live.incident) {
    report::Incident& incident = incidents_[*live.incident].first;
    incident.restart = std::max(incident.restart, now - incident.at);
    live.incident.reset();
  }
  if (!live.first_start) {
    live.first_start = now;
    collector_.job_started(live.size, live.submitted_at, now);
  }
  if (!live.still_from) plan_ahead(job, live, now);
}

/// What the job will do if nothing else happens: its end, and the next checkpoint of which the core must hear. What was
/// planned before is void.
void TraceWorld::plan_ahead(std::uint64_t job, LiveJob& live, Instant now) {
  ++live.version;
  const Instant done_at = live.clock.ends_at();
  const Instant end = std::min(done_at, live.limit_at);
  due_.push({end, What::end, job, live.attempt, live.version});
  if (live.clock.interval() <= Duration{0}) return;

  // Where writing takes time, the core hears of it all; where it takes none, only of what is not lost.
  const bool writes = options_.checkpoint.write > Duration{0};
  const bool keeps_unsaved = live.end != workload::End::failed && done_at <= live.limit_at;
  const Instant fault = next_fault_of(live);
  Instant until = std::min(fault, end);
  if (!writes && keeps_unsaved && fault >= end && live.clock.interval() < telling_each) return;
  if (writes) until = std::min(until, now + telling);
  WorkClock ahead = live.clock;
  ahead.advance(until);
  Instant at = ahead.saved_at();
  if (at <= live.told_at) at = live.clock.next_save();
  if (at < end) due_.push({at, What::saved, job, live.attempt, live.version});
}

void TraceWorld::saved(const Due& due) {
  if (!is_current(due)) return;
  LiveJob& live = live_.at(due.who);
  live.clock.advance(due.at);
  INVARIANT(live.clock.saved_at() == due.at, "job {} saves at another time than was foreseen", due.who);
  tell_saved(due.who, live, due.at);
  plan_ahead(due.who, live, due.at);
}

void TraceWorld::tell_saved(std::uint64_t job, LiveJob& live, Instant now) {
  const Duration took = live.clock.written() - live.told_written;
  const model::Progress checkpoint{.step = now.raw(), .checkpoint = "c", .took_ms = took.raw()};
  execute(core::ReportProgress{{JobId{job}, live.attempt}, checkpoint}, now);
  live.told_at = now;
  live.told_written = live.clock.written();
}

void TraceWorld::end(const Due& due) {
  LiveJob& live = live_.at(due.who);
  live.clock.advance(due.at);
  const bool over = !live.clock.done();
  model::AttemptEnd end;
  if (over) {
    end.cause = model::EndCause::wall;
  } else if (live.end == workload::End::failed) {
    end.exit_code = 1;
  }
  if (!over && live.end == workload::End::cancelled) {
    execute(core::CancelJob{operator_, JobId{due.who}}, due.at);
    end.cause = model::EndCause::ended;
  }
  execute(core::ReportEnded{{JobId{due.who}, live.attempt}, end}, due.at);
  close_attempt(due.who, live, due.at, false);
  forget_job(due.who, live, due.at,
             over                                   ? model::JobState::timed_out
             : live.end == workload::End::failed    ? model::JobState::failed
             : live.end == workload::End::cancelled ? model::JobState::cancelled
                                                    : model::JobState::succeeded);
  live_.erase(due.who);
}

/// The attempt is over: its nodes are free, and where its time went is known.
void TraceWorld::close_attempt(std::uint64_t job, LiveJob& live, Instant now, bool interrupted) {
  lines_.line(live.spot.partition).end(job, now);
  if (!forecasters_.empty()) {
    forecasters_[static_cast<std::size_t>(live.spot.partition)].ended(
        job, now, interrupted ? forecast::Ran::cut : forecast::Ran::through);
  }
  count_nodes(job, live, interrupted ? ledger::UseClass::lost : ledger::UseClass::productive, now);
  const Instant still = live.still_from.value_or(now);
  report::JobLife& life = live.life;
  if (live.computing) {
    failure_rate_.running(-static_cast<std::int64_t>(live.nodes.size()), now);
    live.clock.advance(still);
    life.restart += live.started_at - live.granted_at;
    life.productive += live.clock.saved() + (interrupted ? Duration{0} : live.clock.unsaved());
    life.lost_work += interrupted ? live.clock.unsaved() : Duration{0};
    life.checkpoint += live.clock.written();
    life.slowed += live.clock.slowed();
    live.left -= live.clock.saved();
  } else {
    life.restart += still - live.granted_at;
  }
  life.detection += now - still;
  life.interruptions += interrupted ? 1 : 0;
  for (const std::int32_t node : live.nodes) std::erase(jobs_on_[static_cast<std::size_t>(node)], job);
  live.nodes.clear();
  live.computing = false;
  live.still_from.reset();
  live.closed_at = now;
  ++live.version;
}

void TraceWorld::forget_job(std::uint64_t job, const LiveJob& live, Instant now, model::JobState state) {
  collector_.job_ended({.job = JobId{job},
                        .size = live.size,
                        .submitted_at = live.submitted_at,
                        .started_at = live.first_start,
                        .ended_at = now,
                        .state = state});
  if (!live.first_start) return;
  INVARIANT(live.life.sum() == now - *live.first_start, "job {}: its time sums to {}, and was {}", job,
            print_duration(live.life.sum()), print_duration(now - *live.first_start));
  collector_.job_lived(live.life);
}

bool TraceWorld::is_current(const Due& due) const {
  const auto it = live_.find(due.who);
  return it != live_.end() && it->second.attempt == due.attempt && it->second.version == due.version &&
         !it->second.nodes.empty() && !it->second.still_from;
}

}  // namespace mingyue::twin
