#include "sched/line_planner.hpp"

#include <algorithm>
#include <functional>

#include "base/invariant.hpp"
#include "sched/line_planner_inside.hpp"

namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

WaitingLine::Place LinePlanner::Inside::line_place(const Job& job) const {
  return policy == Backfill::easy_sjbf ? Place{job.wall.raw(), job.number} : place(job);
}

LinePlanner::Inside::Job& LinePlanner::Inside::job_of(JobNumber number, const char* what) {
  const auto it = slot_of.find(number);
  INVARIANT(it != slot_of.end(), "job {} {} and is not there", number, what);
  return jobs[at(it->second)];
}

std::int32_t LinePlanner::Inside::add(Job job) {
  std::int32_t slot = static_cast<std::int32_t>(jobs.size());
  if (free_slots.empty()) {
    jobs.emplace_back();
  } else {
    slot = free_slots.back();
    free_slots.pop_back();
  }
  const bool fresh = slot_of.emplace(job.number, slot).second;
  INVARIANT(fresh, "job {} comes twice", job.number);
  jobs[at(slot)] = std::move(job);
  return slot;
}

void LinePlanner::Inside::forget(JobNumber number) {
  const auto it = slot_of.find(number);
  free_slots.push_back(it->second);
  slot_of.erase(it);
}

void LinePlanner::Inside::line_up(std::int32_t slot) {
  const Job& job = jobs[at(slot)];
  if (job.not_before > now && policy != Backfill::conservative) {
    later.emplace(job.not_before, slot);
    return;
  }
  all.add({place(job), job.wall, slot});
  if (policy != Backfill::conservative) shapes[at(job.shape)].line.add({line_place(job), job.wall, slot});
  promised_to = std::min(promised_to, place(job));
}

void LinePlanner::Inside::line_out(std::int32_t slot) {
  Job& job = jobs[at(slot)];
  if (held == slot) held.reset();
  if (promised_head == slot) promised_head.reset();
  if (later.erase({job.not_before, slot}) > 0) return;
  all.remove(place(job));
  Shape& shape = shapes[at(job.shape)];
  if (policy != Backfill::conservative)
    shape.line.remove(line_place(job));
  else if (job.listed)
    shape.promised.remove(place(job));
  job.listed = false;
}

bool LinePlanner::Inside::is_true(const Due& due) const {
  const Job& job = jobs[at(due.second)];
  return !job.nodes.empty() && job.end == due.first;
}

void LinePlanner::Inside::expect_end(std::int32_t slot, Instant end) {
  jobs[at(slot)].end = end;
  constexpr std::size_t small = 64;
  if (ends.size() > small + 4 * running) {
    std::erase_if(ends, [&](const Due& due) { return !is_true(due); });
    std::ranges::make_heap(ends, std::greater{});
  }
  ends.emplace_back(end, slot);
  std::ranges::push_heap(ends, std::greater{});
}

/// What was to end by now and still runs is expected to end at the next millisecond, each time anew.
void LinePlanner::Inside::advance(Instant to) {
  now = to;
  nodes.advance(now);
  while (!ends.empty() && ends.front().first <= now) {
    const Due due = ends.front();
    std::ranges::pop_heap(ends, std::greater{});
    ends.pop_back();
    if (!is_true(due)) continue;
    const Job& job = jobs[at(due.second)];
    expect_end(due.second, now + milliseconds(1));
    nodes.prolong(job.number, job.nodes, job.end);
  }
  while (!later.empty() && later.begin()->first <= now) {
    const std::int32_t slot = later.begin()->second;
    later.erase(later.begin());
    line_up(slot);
  }
}

LinePlanner::LinePlanner(const std::vector<LineNode>& nodes, Backfill policy, Instant now)
    : in_(std::make_unique<Inside>(Inside{
          .policy = policy,
          .nodes = LineNodes(nodes, now,
                             policy == Backfill::conservative ? LineNodes::Promises::many : LineNodes::Promises::few),
          .now = now,
          .gauge = PressureGauge(now),
          .queue = QueueGauge(now)})) {}

LinePlanner::~LinePlanner() = default;
LinePlanner::LinePlanner(const LinePlanner& other) : in_(std::make_unique<Inside>(*other.in_)) {}
LinePlanner::LinePlanner(LinePlanner&&) noexcept = default;
LinePlanner& LinePlanner::operator=(LinePlanner&&) noexcept = default;

void LinePlanner::arrive(JobNumber number, std::int64_t key, const Demand& demand, Duration wall) {
  Inside& in = *in_;
  const auto [found, fresh] = in.shape_of.try_emplace(demand, static_cast<std::int32_t>(in.shapes.size()));
  if (fresh) in.shapes.push_back({.demand = demand, .width = in.nodes.width(demand)});
  in.line_up(in.add({.number = number, .key = key, .shape = found->second, .wall = wall}));
}

void LinePlanner::arrive(JobNumber number, std::int64_t key, std::vector<Request> alternatives, Duration wall,
                         Instant not_before) {
  arrive_as(number, key, shape_of(std::move(alternatives)), wall, not_before);
}

void LinePlanner::arrive_as(JobNumber number, std::int64_t key, std::int32_t shape, Duration wall, Instant not_before,
                            std::int32_t tag) {
  Inside& in = *in_;
  in.line_up(
      in.add({.number = number, .key = key, .shape = shape, .tag = tag, .wall = wall, .not_before = not_before}));
}

std::int32_t LinePlanner::shape_of(std::vector<Request> alternatives) {
  Inside& in = *in_;
  INVARIANT(!alternatives.empty() && !alternatives.front().parts.empty(), "somebody asks for nothing");
  const auto next = static_cast<std::int32_t>(in.shapes.size());
  if (alternatives.size() == 1 && alternatives.front().parts.size() == 1) {
    const Demand& demand = alternatives.front().parts.front();
    const auto [found, fresh] = in.shape_of.try_emplace(demand, next);
    if (fresh) in.shapes.push_back({.demand = demand, .width = in.nodes.width(demand)});
    return found->second;
  }
  const auto [found, fresh] = in.shape_of_requests.try_emplace(std::move(alternatives), next);
  if (fresh) in.shapes.push_back({.alternatives = found->first, .width = in.nodes.width(found->first.front())});
  return found->second;
}

void LinePlanner::reserve(std::size_t jobs) {
  in_->jobs.reserve(in_->jobs.size() + jobs);
  in_->slot_of.reserve(in_->slot_of.size() + jobs);
  in_->nodes.reserve(jobs);
}

void LinePlanner::close(std::int32_t kind, const Closed& times) { in_->nodes.close(kind, times); }

void LinePlanner::restarts(JobNumber number) {
  Inside::Job& job = in_->job_of(number, "restarts");
  INVARIANT(job.nodes.empty(), "job {} runs and is said to restart", number);
  job.again = true;
}

void LinePlanner::running(JobNumber number, const std::vector<Taken>& takes, Instant ends_by) {
  Inside& in = *in_;
  INVARIANT(!takes.empty(), "job {} runs nowhere", number);
  const Instant end = std::max(ends_by, in.now + milliseconds(1));
  const std::int32_t slot = in.add({.number = number, .promised = in.now});
  for (const Taken& taken : takes) {
    in.nodes.run(number, taken, end);
    in.jobs[at(slot)].nodes.push_back(taken.node);
  }
  in.expect_end(slot, end);
  ++in.running;
}

void LinePlanner::rekey(JobNumber number, std::int64_t key) {
  Inside& in = *in_;
  Inside::Job& job = in.job_of(number, "changes its place");
  INVARIANT(job.nodes.empty(), "job {} runs and changes its place in the line", number);
  if (job.key == key) return;
  const std::int32_t slot = in.slot_of.at(number);
  in.promised_to = std::min(in.promised_to, Inside::place(job));
  in.line_out(slot);
  in.take_back(slot);
  job.key = key;
  in.line_up(slot);
}

void LinePlanner::leave(JobNumber number) {
  Inside& in = *in_;
  const Inside::Job& job = in.job_of(number, "leaves");
  INVARIANT(job.nodes.empty(), "job {} leaves the line and runs", number);
  in.line_out(in.slot_of.at(number));
  in.take_back(in.slot_of.at(number));
  in.forget(number);
}

void LinePlanner::end(JobNumber number, Instant now) {
  Inside& in = *in_;
  in.now = std::max(in.now, now);
  Inside::Job& job = in.job_of(number, "ends");
  INVARIANT(!job.nodes.empty(), "job {} ends and does not run", number);
  in.nodes.release(number, job.nodes, in.now);
  job.nodes.clear();
  --in.running;
  in.forget(number);
}

void LinePlanner::set_available(std::int32_t n, bool available, Instant now) {
  in_->now = std::max(in_->now, now);
  in_->nodes.set_available(n, available, in_->now);
  if (available && in_->unpromised) in_->promised_to = Inside::the_first;
}

bool LinePlanner::ever_fits(const Demand& demand) const { return in_->nodes.ever_fits(demand); }
bool LinePlanner::ever_fits(const Request& request) const { return in_->nodes.ever_fits(request); }

std::vector<LineStart> LinePlanner::step(Instant now) {
  Inside& in = *in_;
  INVARIANT(now >= in.now, "the planner is asked about the past");
  in.gauge.passed(now, in.in_use, in.nodes.available());
  in.moves.clear();
  in.queue.passed(now, in.all.size());
  in.advance(now);
#ifdef MINGYUE_EXPENSIVE_INVARIANTS
  in.nodes.check();
#endif
  std::vector<LineStart> starts;
  if (in.policy == Backfill::conservative) {
    in.conservative(starts);
  } else {
    in.easy(starts);
  }
  in.queue.started(starts.size());
  in.in_use = in.nodes.available() - in.nodes.empty();
  return starts;
}

std::optional<Instant> LinePlanner::next_due() const {
  Instant due = in_->later.empty() ? never : in_->later.begin()->first;
  if (in_->all.size() > 0) due = std::min(due, in_->nodes.next_opening());
  for (const Inside::Shape& shape : in_->shapes) due = std::min(due, shape.promised.first_due());
  if (in_->promised_head) due = std::min(due, in_->jobs[at(*in_->promised_head)].promised);
  return due == never ? std::nullopt : std::optional(due);
}

std::optional<Instant> LinePlanner::promise(JobNumber number) const {
  const auto it = in_->slot_of.find(number);
  if (it == in_->slot_of.end()) return std::nullopt;
  const Instant promised = in_->jobs[at(it->second)].promised;
  return promised == never ? std::nullopt : std::optional(promised);
}

void LinePlanner::tell_moved() { in_->tells_moves = true; }
std::span<const JobNumber> LinePlanner::moved() const { return in_->moves; }

Instant LinePlanner::end_of(JobNumber number) const { return in_->jobs[at(in_->slot_of.at(number))].end; }

std::optional<Instant> LinePlanner::next_end() {
  Inside& in = *in_;
  while (!in.ends.empty() && !in.is_true(in.ends.front())) {
    std::ranges::pop_heap(in.ends, std::greater{});
    in.ends.pop_back();
  }
  return in.ends.empty() ? std::nullopt : std::optional(in.ends.front().first);
}

Instant LinePlanner::now() const { return in_->now; }

Pressure LinePlanner::pressure() const { return in_->pressure(); }

std::optional<JobNumber> LinePlanner::head() const {
  return in_->promised_head ? std::optional(in_->jobs[at(*in_->promised_head)].number) : first();
}

std::optional<JobNumber> LinePlanner::first() const {
  const auto* head = in_->all.first(Duration{INT64_MAX});
  return head == nullptr ? std::nullopt : std::optional(in_->jobs[at(head->slot)].number);
}

std::int64_t LinePlanner::key_of(JobNumber job) const { return in_->jobs[at(in_->slot_of.at(job))].key; }

bool LinePlanner::waits(JobNumber job) const {
  const auto it = in_->slot_of.find(job);
  return it != in_->slot_of.end() && in_->jobs[at(it->second)].nodes.empty();
}

std::size_t LinePlanner::waiting() const { return in_->all.size() + in_->later.size(); }
std::size_t LinePlanner::running() const { return in_->running; }

}  // namespace mingyue::sched
