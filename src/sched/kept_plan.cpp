#include "sched/kept_plan.hpp"

#include <algorithm>
#include <utility>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {

/// A candidate with this start is over: nothing that looks for who waits sees it.
constexpr Instant long_ago{0};

/// Who belongs among the first so-manieth part of the queue is worth a whole plan at once.
constexpr std::size_t urgent_part = 16;

bool stands_aside(const Queued& queued) { return queued.kind != Queued::Kind::candidate; }

}  // namespace

KeptPlan::KeptPlan(Snapshot snapshot, const PlanSettings& settings)
    : snapshot_(std::move(snapshot)), planning_(snapshot_, settings) {}

Plan KeptPlan::plan() {
  Plan plan = planning_.plan();
  idle_ = plan.idle;
  for (const Start& start : plan.starts) starts_.push_back(start.job);
  std::ranges::sort(starts_);
  whole_by_ = next_whole();
  if (!plan.preemptions.empty()) whole_by_ = plan.at;
  return plan;
}

CountedPlan* KeptPlan::counted(std::int32_t section) const {
  const auto p = static_cast<std::size_t>(section);
  const bool guest = p < snapshot_.partitions.size() && snapshot_.partitions[p].guest;
  return guest ? nullptr : planning_.counted[p].get();
}

Candidate& KeptPlan::candidate_of(const Queued& queued) {
  return planning_.sorter.candidates()[static_cast<std::size_t>(queued.section)][queued.candidate];
}

/// What time alone brings that a repair does not see: turns of the order and of windows, and all that is due in
/// sections that are planned as a whole.
Instant KeptPlan::next_whole() {
  Instant by = next_turn(snapshot_);
  for (const Queued& queued : planning_.sorter.queue()) {
    if (counted(queued.section) != nullptr) continue;
    if (queued.floor > snapshot_.now) by = std::min(by, queued.floor);
    if (stands_aside(queued)) continue;
    const auto& booking = candidate_of(queued).booking;
    if (booking && booking->start > snapshot_.now) by = std::min(by, booking->start);
  }
  return by;
}

void KeptPlan::index() {
  if (std::exchange(indexed_, true)) return;
  for (std::size_t i = 0; i < snapshot_.running.size(); ++i)
    running_.emplace(snapshot_.running[i].attempt.job.raw(), i);
  each_counted([](CountedPlan& one) { one.line().tell_moved(); });
}

/// Null: it does not wait, as far as the plan knows.
const Queued* KeptPlan::find(model::JobId job) const {
  if (const auto late = late_.find(job); late != late_.end()) return late->second;
  const auto view = std::ranges::lower_bound(snapshot_.waiting, job, {}, &WaitingView::id);
  if (view == snapshot_.waiting.end() || view->id != job) return nullptr;
  const std::uint32_t at = planning_.sorter.queued_at()[static_cast<std::size_t>(view - snapshot_.waiting.begin())];
  return at == QueueSorter::not_queued ? nullptr : &planning_.sorter.queue()[at];
}

bool KeptPlan::were_granted(std::vector<model::JobId> granted) {
  std::ranges::sort(granted);
  return std::exchange(starts_, {}) == granted;
}

/// In which partition it runs; null: in none that counts, or on a node that is away.
CountedPlan* KeptPlan::home_of(model::JobId job) const {
  CountedPlan* home = nullptr;
  each_counted([&](CountedPlan& one) {
    if (one.runs(job)) home = &one;
  });
  return home;
}

/// Who ended by its limit ended at it, as far as the line is concerned: what was promised for that instant is kept.
bool KeptPlan::end(const std::vector<model::JobId>& jobs, PlanStep& step) {
  struct End {
    Instant at;
    model::JobId job;
    CountedPlan* home = nullptr;
  };
  std::vector<End> ends;
  for (const model::JobId job : jobs) {
    CountedPlan* const home = home_of(job);
    if (home == nullptr) return false;
    ends.push_back({std::min(home->line().end_of(job), snapshot_.now), job, home});
  }
  std::ranges::stable_sort(ends, {}, &End::at);
  for (const End& end : ends) {
    catch_up(*end.home, end.at, step);
    if (const auto run = running_.find(end.job.raw()); run != running_.end()) {
      end.home->end(snapshot_.running[run->second], end.at);
      running_.erase(run);
      continue;
    }
    const Queued* queued = find(end.job);
    if (queued == nullptr || stands_aside(*queued)) return false;
    end.home->end(candidate_of(*queued), end.at);
    late_.insert_or_assign(end.job, nullptr);
  }
  each_counted([&](CountedPlan& one) { catch_up(one, snapshot_.now, step); });
  return true;
}

/// It waits no longer.
void KeptPlan::drop(model::JobId job) {
  const Queued* queued = find(job);
  if (queued == nullptr) return;
  if (!stands_aside(*queued)) {
    counted(queued->section)->leave(job);
    candidate_of(*queued).booking =
        Booking{.start = long_ago, .end = long_ago, .shape = queued->shapes.front(), .nodes = {}, .takes = {}};
  }
  late_.insert_or_assign(job, nullptr);
}

bool KeptPlan::take(const WaitingView& view, PlanStep& step) {
  if (const Queued* known = find(view.id)) {
    const WaitingView& before = *known->job;
    if (before.blocked == view.blocked && before.blocked_by == view.blocked_by &&
        before.blocked_until == view.blocked_until && before.spec == view.spec)
      return true;
    CountedPlan* const here = counted(known->section);
    if (here == nullptr || here->runs(view.id)) return false;  // it was due, and has changed since
    drop(view.id);
  }
  const std::int32_t section = planning_.context.section_of(view);
  if (counted(section) == nullptr || view.preempts || view.goes_on || view.spec->deadline) return false;
  views_.push_back(std::make_unique<WaitingView>(view));
  const WaitingView& job = *views_.back();
  auto& candidates = planning_.sorter.candidates()[static_cast<std::size_t>(section)];
  if (candidates.size() == candidates.capacity()) candidates.reserve(candidates.size() + candidates.size() / 2 + 64);
  const Queued& queued = planning_.sorter.add_late(job);
  late_.insert_or_assign(job.id, &queued);
  Wait wait{.job = job.id, .priority = *queued.terms, .place = queued.place};
  if (queued.kind == Queued::Kind::blocked) {
    explain_blocked(wait, job);
  } else {
    if (stands_aside(queued)) return false;
    if (static_cast<std::size_t>(queued.place) <= planning_.sorter.queue().size() / urgent_part) return false;
    counted(section)->arrive(candidate_of(queued));
  }
  step.waits.push_back(std::move(wait));
  return true;
}

void KeptPlan::start(CountedPlan& in, std::vector<Start> starts, PlanStep& step) {
  for (Start& start : starts) {
    in.book_start(candidate_of(*find(start.job)), start.nodes);
    step.starts.push_back(std::move(start));
  }
  for (const JobNumber number : in.line().moved()) {
    const model::JobId job{number};
    if (!in.line().waits(job)) continue;
    Candidate& candidate = candidate_of(*find(job));
    const auto promise = in.line().promise(job);
    if (promise == (candidate.booking ? std::optional(candidate.booking->start) : std::nullopt)) continue;
    candidate.booking.reset();
    if (promise) {
      candidate.booking = Booking{.start = *promise,
                                  .end = *promise + candidate.job->wall,
                                  .shape = candidate.shapes.front(),
                                  .nodes = {},
                                  .takes = {}};
    }
    step.repromised.push_back({job, promise});
  }
}

/// What was promised for an instant before `to` starts as if it had been looked at then: to come a little late must
/// cost nobody the promise.
void KeptPlan::catch_up(CountedPlan& in, Instant to, PlanStep& step) {
  PartitionLine& line = in.line();
  std::optional<Instant> last;
  for (auto due = line.next_due(); due && *due < to && *due >= line.now() && due != last; due = line.next_due()) {
    if (const auto end = line.next_end(); end && *end <= *due) return;
    start(in, line.step(*due), step);
    last = due;
  }
}

/// Each job is told of once, in order.
void KeptPlan::tidy(PlanStep& step) {
  std::ranges::stable_sort(step.starts, {}, [&](const Start& start) { return candidate_of(*find(start.job)).place; });
  for (const Start& start : step.starts) starts_.push_back(start.job);
  std::ranges::sort(starts_);
  std::vector<model::JobId> told;
  for (const Wait& wait : step.waits) told.push_back(wait.job);
  std::ranges::sort(told);
  std::ranges::stable_sort(step.repromised, {}, &Repromise::job);
  std::vector<Repromise> last;  // what was said of each at last
  for (const Repromise& one : step.repromised) {
    if (std::ranges::binary_search(told, one.job) || std::ranges::binary_search(starts_, one.job)) continue;
    if (!last.empty() && last.back().job == one.job) last.pop_back();
    last.push_back(one);
  }
  step.repromised = std::move(last);
  std::ranges::sort(step.gone);
}

/// Why those who have come wait.
void KeptPlan::explain(PlanStep& step) {
  const auto starts = [&](const auto& one) { return std::ranges::binary_search(starts_, one.job); };
  std::erase_if(step.waits, starts);
  std::map<std::int32_t, CountedReasons> reasons;
  for (Wait& wait : step.waits) {
    const Queued& queued = *find(wait.job);
    if (stands_aside(queued)) continue;
    const Candidate& candidate = candidate_of(queued);
    if (candidate.booking) wait.promised = candidate.booking->start;
    if (candidate.floor > snapshot_.now) {
      wait.code = WaitCode::retry_delay;
      wait.args = Words{print_instant(candidate.floor)};
    } else {
      const CountedPlan& here = *counted(queued.section);
      auto known = reasons.find(queued.section);
      if (known == reasons.end()) {
        known = reasons.try_emplace(queued.section, here).first;
        for (const Candidate& other : planning_.sorter.candidates()[static_cast<std::size_t>(queued.section)])
          if (other.job != candidate.job) known->second.pass(other);
      }
      known->second.explain(wait, candidate);
    }
    if (wait.promised) wait.change = ChangeCode::wait_for;
  }
  std::ranges::sort(step.waits, {}, [](const Wait& wait) { return std::pair(wait.place, wait.job); });
}

std::optional<PlanStep> KeptPlan::go_on(Instant now, PlanNews news) {
  INVARIANT(now >= snapshot_.now, "a plan goes on into the past");
  if (now >= whole_by_ || !were_granted(std::move(news.granted))) return std::nullopt;
  snapshot_.now = now;
  index();
  PlanStep step{.at = now, .starts = {}, .waits = {}, .repromised = {}, .gone = {}, .idle = {}, .replan_at = {}};
  for (const model::JobId job : news.gone) {
    const Queued* queued = find(job);
    if (queued == nullptr || home_of(job) != nullptr) continue;  // it ran, and has ended
    if (counted(queued->section) == nullptr) return std::nullopt;
    drop(job);
    step.gone.push_back(job);
  }
  if (!end(news.ended, step)) return std::nullopt;
  bool all = true;
  each_counted([&](CountedPlan& one) { all = all && one.goes_on(); });
  if (!all) return std::nullopt;
  for (const WaitingView& job : news.waiting)
    if (!take(job, step)) return std::nullopt;
  each_counted([&](CountedPlan& one) { start(one, one.line().step(now), step); });
  tidy(step);
  explain(step);

  Instant next = whole_by_;
  for (std::size_t p = 0; p < snapshot_.partitions.size(); ++p) {
    CountedPlan* const here = counted(static_cast<std::int32_t>(p));
    if (here == nullptr) {
      for (const IdleClasses& one : idle_)
        if (one.partition == snapshot_.partitions[p].name) step.idle.push_back(one);
      continue;
    }
    here->classify_idle(planning_.sorter.candidates()[p], step.idle);
    next = std::min(next, here->line().next_due().value_or(never));
  }
  if (next < never) step.replan_at = next;
  return step;
}

}  // namespace mingyue::sched
