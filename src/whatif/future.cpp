#include "whatif/future.hpp"

#include <algorithm>

#include "base/invariant.hpp"
#include "core/planner_input.hpp"
#include "core/reservations.hpp"

namespace mingyue::whatif {

using model::JobId;

Duration whole_limit(JobId, const model::JobSpec& spec, Duration elapsed) {
  return std::max(spec.wall, elapsed + milliseconds(1));
}

Future::Future(core::State state, ledger::Book book, Instant now)
    : state_(std::move(state)), book_(std::move(book)), now_(std::max(now, state_.now)) {}

core::Decision Future::execute(const core::Command& command) {
  auto decided = core::decide(state_, command, now_);
  if (!decided) return decided;
  for (core::EventBody& body : *decided) {
    core::Event event{now_, std::move(body)};
    rows_.clear();
    ledger::record(book_, event, rows_);
    core::apply(state_, event);
    body = std::move(event.body);
    ++events_;
  }
  return decided;
}

std::optional<std::size_t> Future::line_of(const model::JobSpec& spec) const {
  if (spec.reservation.empty()) return partition_of(spec);
  std::size_t line = state_.centre.partitions.size();
  for (const auto& [id, reservation] : state_.reservations) {
    if (reservation.name == spec.reservation)
      return core::may_use(reservation, spec) ? std::optional(line) : std::nullopt;
    ++line;
  }
  return std::nullopt;
}

std::size_t Future::partition_of(const model::JobSpec& spec) const {
  const auto& all = state_.centre.partitions;
  const auto found = std::ranges::find(all, spec.partition, &model::Partition::name);
  if (found == all.end()) return 0;  // as core::planner_input: the centre's file has it no longer
  return static_cast<std::size_t>(found - all.begin());
}

void Future::begin() {
  budgets_ = std::ranges::any_of(state_.centre.projects, &model::Project::has_budget);
  const core::PlannerInput input = core::planner_input(state_, now_);
  for (std::size_t p = 0; p < input.snapshot.partitions.size(); ++p) {
    lines_.emplace_back(input.snapshot, static_cast<std::int32_t>(p), sched::Backfill::easy,
                        sched::PartitionLine::Away::kept);
  }
  for (std::size_t r = 0; r < input.snapshot.reservations.size(); ++r) {
    lines_.push_back(sched::PartitionLine::inside(input.snapshot, static_cast<std::int32_t>(r), sched::Backfill::easy,
                                                  sched::PartitionLine::Away::kept));
  }
  std::int64_t place = 0;
  for (const auto& [job, terms] : sched::order(input.snapshot)) keys_.emplace(job, ++place);
  for (const sched::WaitingView& job : input.snapshot.waiting) {
    if (job.blocked == sched::Blocked::no)
      queue(job.id, Instant{0});
    else if (job.blocked == sched::Blocked::retry_delay && job.blocked_until)
      queue(job.id, *job.blocked_until);
    else
      blocked_.insert(job.id);
  }
}

void Future::queue(JobId id, Instant not_before) {
  const model::JobSpec& spec = state_.spec(state_.jobs.at(id));
  const Duration wall_max = state_.centre.partitions[partition_of(spec)].wall_max;
  const sched::Allowance allowance{.tasks_most = core::tasks_within_budget(state_, spec).value_or(spec.tasks_least()),
                                   .spares = core::may_hold_spares(state_, state_.jobs.at(id))};
  const auto line = line_of(spec);
  const bool can =
      line && lines_[*line].ever_fits(spec, allowance) && (wall_max == Duration{} || spec.wall <= wall_max);
  if (!can) return;  // it waits for ever
  lines_[*line].submit(id, spec, spec.wall, keys_.at(id), not_before, allowance);
}

bool Future::may_wait_in_line(const core::Job& job) const {
  if (job.state != model::JobState::queued || !job.dependencies->empty()) return false;
  const model::JobSpec& spec = state_.spec(job);
  if (!line_of(spec)) return false;
  if (spec.array_at_once > 0) {
    const auto array = state_.arrays.find(job.first);
    if (array != state_.arrays.end() && array->second.active >= spec.array_at_once) return false;
  }
  return core::within_budget(state_, spec);
}

void Future::look_again(const std::set<JobId>& jobs) {
  for (const JobId id : jobs) {
    const core::Job* job = state_.find(id);
    if (job == nullptr) {
      blocked_.erase(id);  // it ended with what it waited for
    } else if (blocked_.contains(id) && may_wait_in_line(*job)) {
      blocked_.erase(id);
      queue(id, job->past->not_before > now_ ? job->past->not_before : Instant{0});
    }
  }
}

void Future::end(JobId id) {
  const core::Job& job = state_.jobs.at(id);
  const JobId first = job.first;
  const bool bounded = state_.spec(job).array_at_once > 0;
  std::set<JobId> look;
  for (const JobId target : {id, first}) {
    if (const auto waits = state_.dependents.find(target); waits != state_.dependents.end())
      look.insert(waits->second.begin(), waits->second.end());
  }
  const auto ended = execute(core::ReportEnded{state_.attempts.at(id).id, model::AttemptEnd{}});
  INVARIANT(ended.has_value(), "the end of job {} is refused", id.raw());
  // What makes room for a reservation is known to two lines; to the others an end is nothing.
  for (sched::PartitionLine& line : lines_) line.end(id, now_);
  if (bounded) {
    for (auto it = blocked_.lower_bound(first); it != blocked_.end(); ++it) {
      const core::Job* other = state_.find(*it);
      if (other == nullptr || other->first != first) break;
      look.insert(*it);
    }
  }
  if (!blocked_.empty()) look_again(look);
}

void Future::start(JobId id, const RunTime& run_time) {
  const auto launched = execute(core::ReportLaunched{state_.attempts.at(id).id});
  INVARIANT(launched.has_value(), "the launch of job {} is refused", id.raw());
  if (keys_.contains(id)) starts_.emplace(id, now_);
  const model::JobSpec& spec = state_.spec(state_.jobs.at(id));
  due_.push({now_ + run_time(id, spec, Duration{0}), id});
  if (blocked_.empty()) return;
  std::set<JobId> look;
  for (const JobId target : {id, state_.jobs.at(id).first}) {
    if (const auto waits = state_.dependents.find(target); waits != state_.dependents.end())
      look.insert(waits->second.begin(), waits->second.end());
  }
  look_again(look);
}

void Future::plan(const RunTime& run_time) {
  for (sched::PartitionLine& line : lines_) {
    core::AdoptPlan plan;
    plan.starts = line.step(now_);
    if (plan.starts.empty()) continue;
    plan.idle = state_.idle;
    std::set<JobId> granted;
    const auto decided = execute(plan);
    INVARIANT(decided.has_value(), "a plan is refused");
    for (const core::EventBody& body : *decided) {
      if (const auto* lease = std::get_if<core::LeaseGranted>(&body)) granted.insert(lease->attempt.job);
    }
    for (const sched::Start& one : plan.starts) {
      if (granted.contains(one.job)) continue;
      line.end(one.job, now_);  // its array's bound, or its project's budget, was reached by those before it
      blocked_.insert(one.job);
    }
    for (const JobId job : granted) start(job, run_time);
  }
}

void Future::run(Instant until, const RunTime& run_time, std::optional<JobId> wanted) {
  for (const auto& [id, attempt] : state_.attempts) {
    const model::JobSpec& spec = state_.spec(state_.jobs.at(id));
    const Instant began = attempt.started_at.value_or(attempt.granted_at);
    Instant ends = began + run_time(id, spec, now_ - began);
    if (attempt.end_reason) ends = std::min(ends, attempt.end_by);
    due_.push({std::max(ends, now_ + milliseconds(1)), id});
  }
  plan(run_time);
  while (!wanted || !starts_.contains(*wanted)) {
    Instant next = due_.empty() ? never : due_.top().at;
    for (const sched::PartitionLine& line : lines_) {
      if (const auto due = line.next_due(); due && *due > now_) next = std::min(next, *due);
    }
    if (next > until || next == never) break;
    now_ = next;
    while (!due_.empty() && due_.top().at <= now_) {
      const JobId job = due_.top().job;
      due_.pop();
      if (state_.attempts.contains(job)) end(job);
    }
    // A charge may have freed what a budget had reserved.
    if (!blocked_.empty() && budgets_) look_again(std::set<JobId>(blocked_));
    plan(run_time);
  }
  if (!wanted) now_ = std::max(now_, std::min(until, never));
}

}  // namespace mingyue::whatif
