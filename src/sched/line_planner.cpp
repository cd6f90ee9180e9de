#include "sched/line_planner.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/invariant.hpp"
#include "sched/line_nodes.hpp"
#include "sched/waiting_line.hpp"

namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

struct LinePlanner::Inside {
  struct Job {
    JobNumber number = 0;
    std::int64_t key = 0;
    std::int32_t shape = 0;
    std::int32_t alternative = 0;  ///< that is promised
    Duration wall;
    Instant not_before{0};
    Instant promised = never;
    LineNodes::Promise promise = LineNodes::none;
    Instant end;                      ///< by its wall limit
    std::vector<std::int32_t> nodes;  ///< where it runs; empty: it waits
  };
  /// Jobs that ask for the same.
  struct Shape {
    Demand demand;                      ///< if there are no alternatives
    std::vector<Request> alternatives;  ///< more than one, or one that a Demand cannot say
    WaitingLine line;
    WaitingLine::Place untried{INT64_MIN, 0};  ///< within a pass: those before it do not fit together now
  };

  Backfill policy;
  LineNodes nodes;
  Instant now;
  std::vector<Job> jobs;
  std::vector<std::int32_t> free_slots;
  std::unordered_map<JobNumber, std::int32_t> slot_of;
  std::vector<Shape> shapes;
  std::unordered_map<Demand, std::int32_t, DemandHash> shape_of;
  std::unordered_map<std::vector<Request>, std::int32_t, DemandHash> shape_of_requests;
  WaitingLine all;
  std::set<std::pair<Instant, std::int32_t>> later;  ///< waiting, but in no line before that instant
  std::set<std::pair<Instant, std::int32_t>> ends;   ///< running jobs by when they are expected to end
  std::size_t running = 0;
  std::optional<std::int32_t> promised_head;  ///< the one promise of the last step, if it is not conservative

  static WaitingLine::Place place(const Job& job) { return {job.key, job.number}; }
  WaitingLine::Place line_place(const Job& job) const {
    return policy == Backfill::easy_sjbf ? WaitingLine::Place{job.wall.raw(), job.number} : place(job);
  }

  // --- who is there ---

  Job& job_of(JobNumber number, const char* what) {
    const auto it = slot_of.find(number);
    INVARIANT(it != slot_of.end(), "job {} {} and is not there", number, what);
    return jobs[at(it->second)];
  }

  std::int32_t add(Job job) {
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

  void forget(JobNumber number) {
    const auto it = slot_of.find(number);
    free_slots.push_back(it->second);
    slot_of.erase(it);
  }

  bool waits_for_its_time(const Job& job) const { return job.not_before > now && policy != Backfill::conservative; }

  void line_up(std::int32_t slot) {
    const Job& job = jobs[at(slot)];
    if (waits_for_its_time(job)) {
      later.emplace(job.not_before, slot);
      return;
    }
    all.add({place(job), job.wall, slot});
    shapes[at(job.shape)].line.add({line_place(job), job.wall, slot});
  }

  void line_out(std::int32_t slot) {
    const Job& job = jobs[at(slot)];
    if (later.erase({job.not_before, slot}) > 0) return;
    all.remove(place(job));
    shapes[at(job.shape)].line.remove(line_place(job));
  }

  /// What was to end by now and still runs is expected to end at the next millisecond, each time anew.
  void advance(Instant to) {
    now = to;
    nodes.advance(now);
    while (!ends.empty() && ends.begin()->first <= now) {
      const std::int32_t slot = ends.begin()->second;
      ends.erase(ends.begin());
      Job& job = jobs[at(slot)];
      job.end = now + milliseconds(1);
      ends.emplace(job.end, slot);
      nodes.prolong(job.number, job.nodes, job.end);
    }
    while (!later.empty() && later.begin()->first <= now) {
      const std::int32_t slot = later.begin()->second;
      later.erase(later.begin());
      line_up(slot);
    }
  }

  // --- starting ---

  void start(std::int32_t slot, LineStart&& where, std::vector<LineStart>& starts) {
    line_out(slot);
    Job& job = jobs[at(slot)];
    job.end = now + job.wall;
    job.promised = now;
    ends.emplace(job.end, slot);
    job.nodes = where.nodes;
    ++running;
    starts.push_back(std::move(where));
  }

  /// Starts a job of one Demand; may_run_until says that it can.
  void start_one(std::int32_t slot, std::vector<LineStart>& starts) {
    const Job& job = jobs[at(slot)];
    LineStart where{.job = job.number};
    nodes.start(job.number, shapes[at(job.shape)].demand, now + job.wall, where.nodes);
    start(slot, std::move(where), starts);
  }

  /// Starts a job of several demands if they all fit now.
  bool start_request(std::int32_t slot, std::vector<LineStart>& starts) {
    const Job& job = jobs[at(slot)];
    const auto& alternatives = shapes[at(job.shape)].alternatives;
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      LineStart where{.job = job.number, .alternative = static_cast<std::int32_t>(i)};
      std::vector<std::int32_t> used;
      bool fits = true;
      for (const Demand& demand : alternatives[i].parts) {
        fits = nodes.may_run_until(demand, used) >= now + job.wall;
        if (!fits) break;
        nodes.start(job.number, demand, now + job.wall, where.nodes, used);
        if (alternatives[i].apart) used = where.nodes;
      }
      if (fits) {
        start(slot, std::move(where), starts);
        return true;
      }
      nodes.release(job.number, where.nodes, now);
    }
    return false;
  }

  bool start_if_it_fits(std::int32_t slot, std::vector<LineStart>& starts) {
    const Job& job = jobs[at(slot)];
    if (job.not_before > now) return false;
    const Shape& shape = shapes[at(job.shape)];
    if (!shape.alternatives.empty()) return start_request(slot, starts);
    if (nodes.may_run_until(shape.demand) - now < job.wall) return false;
    start_one(slot, starts);
    return true;
  }

  /// Until when a job of this shape might run if it starts now. Of several demands: each by itself.
  Instant might_run_until(const Shape& shape) const {
    if (shape.alternatives.empty()) return nodes.may_run_until(shape.demand);
    Instant most = now;
    for (const Request& request : shape.alternatives) {
      Instant until = never;
      for (const Demand& demand : request.parts) until = std::min(until, nodes.may_run_until(demand));
      most = std::max(most, until);
    }
    return most;
  }

  // --- promising ---

  /// Promises the job its earliest start, not before `from`; that start.
  Instant promise(std::int32_t slot, Instant from) {
    Job& job = jobs[at(slot)];
    const Shape& shape = shapes[at(job.shape)];
    from = std::max(from, job.not_before);
    job.alternative = 0;
    if (shape.alternatives.empty()) {
      job.promise = nodes.promise(job.number, shape.demand, job.wall, from);
    } else {
      job.promise = nodes.promise(job.number, shape.alternatives.front(), job.wall, from);
      for (std::size_t i = 1; i < shape.alternatives.size(); ++i) {
        // Each is looked for as if the others were not.
        const Instant best = nodes.start_of(job.promise);
        nodes.take_back(job.promise);
        job.promise = nodes.promise(job.number, shape.alternatives[i], job.wall, from);
        if (nodes.start_of(job.promise) < best) {
          job.alternative = static_cast<std::int32_t>(i);
        } else if (best != never) {
          nodes.take_back(job.promise);
          job.promise = nodes.promise(job.number, shape.alternatives[at(job.alternative)], job.wall, best);
        }
      }
    }
    job.promised = nodes.start_of(job.promise);
    return job.promised;
  }

  void take_back(std::int32_t slot) {
    Job& job = jobs[at(slot)];
    nodes.take_back(job.promise);
    job.promise = LineNodes::none;
    job.promised = never;
  }

  // --- the policies ---

  /// Starts from the head of the line while it can; the slot of the first that cannot, or -1.
  std::int32_t start_in_order(std::vector<LineStart>& starts) {
    while (!all.empty()) {
      const std::int32_t slot = all.first(Duration{INT64_MAX})->slot;
      if (!start_if_it_fits(slot, starts)) return slot;
    }
    return -1;
  }

  /// Starts whatever does not delay what is promised, the first in line of all shapes first.
  void backfill(std::vector<LineStart>& starts) {
    while (true) {
      const WaitingLine::Entry* best = nullptr;
      Shape* of = nullptr;
      for (Shape& shape : shapes) {
        if (shape.line.empty()) continue;
        const Instant until = might_run_until(shape);
        if (until <= now) continue;
        const auto* first = shape.line.first(until - now, shape.untried);
        if (first != nullptr && (best == nullptr || first->place < best->place)) best = first, of = &shape;
      }
      if (best == nullptr) break;
      if (of->alternatives.empty()) {
        start_one(best->slot, starts);
        continue;
      }
      of->untried = {best->place.key, best->place.tie + 1};
      (void)start_request(best->slot, starts);
    }
    for (Shape& shape : shapes) shape.untried = {INT64_MIN, 0};
  }

  void conservative(std::vector<LineStart>& starts) {
    nodes.take_back_all();
    std::vector<WaitingLine::Entry> line;
    line.reserve(all.size());
    all.each([&](const WaitingLine::Entry& entry) { line.push_back(entry); });
    // One shape with a longer limit starts no earlier in a pass: promises only take room away.
    std::vector<std::map<Duration, Instant>> known(shapes.size());
    for (const auto& entry : line) {
      Job& job = jobs[at(entry.slot)];
      auto& shape = known[at(job.shape)];
      const bool plain = shapes[at(job.shape)].alternatives.empty() && job.not_before <= now;
      Instant from = now;
      if (auto it = shape.upper_bound(job.wall); plain && it != shape.begin()) from = std::prev(it)->second;
      const Instant start_at = promise(entry.slot, from);
      if (start_at == now) {
        LineStart where{.job = job.number, .alternative = job.alternative};
        nodes.begin(job.promise, where.nodes);
        job.promise = LineNodes::none;
        start(entry.slot, std::move(where), starts);
        continue;
      }
      if (!plain) continue;
      auto [it, fresh] = shape.insert_or_assign(job.wall, start_at);
      while (std::next(it) != shape.end() && std::next(it)->second <= start_at) shape.erase(std::next(it));
    }
  }
};

LinePlanner::LinePlanner(std::vector<LineNode> nodes, Backfill policy, Instant now)
    : in_(std::make_unique<Inside>(Inside{
          .policy = policy,
          .nodes = LineNodes(nodes, now,
                             policy == Backfill::conservative ? LineNodes::Promises::many : LineNodes::Promises::few),
          .now = now})) {}

LinePlanner::~LinePlanner() = default;
LinePlanner::LinePlanner(const LinePlanner& other) : in_(std::make_unique<Inside>(*other.in_)) {}
LinePlanner::LinePlanner(LinePlanner&&) noexcept = default;
LinePlanner& LinePlanner::operator=(LinePlanner&&) noexcept = default;

void LinePlanner::arrive(JobNumber number, std::int64_t key, const Demand& demand, Duration wall) {
  Inside& in = *in_;
  const auto [found, fresh] = in.shape_of.try_emplace(demand, static_cast<std::int32_t>(in.shapes.size()));
  if (fresh) in.shapes.push_back({.demand = demand});
  in.line_up(in.add({.number = number, .key = key, .shape = found->second, .wall = wall}));
}

void LinePlanner::arrive(JobNumber number, std::int64_t key, std::vector<Request> alternatives, Duration wall,
                         Instant not_before) {
  Inside& in = *in_;
  INVARIANT(!alternatives.empty() && !alternatives.front().parts.empty(), "job {} asks for nothing", number);
  std::int32_t shape = 0;
  const auto next = static_cast<std::int32_t>(in.shapes.size());
  if (alternatives.size() == 1 && alternatives.front().parts.size() == 1) {
    const Demand& demand = alternatives.front().parts.front();
    const auto [found, fresh] = in.shape_of.try_emplace(demand, next);
    if (fresh) in.shapes.push_back({.demand = demand});
    shape = found->second;
  } else {
    const auto [found, fresh] = in.shape_of_requests.try_emplace(std::move(alternatives), next);
    if (fresh) in.shapes.push_back({.alternatives = found->first});
    shape = found->second;
  }
  in.line_up(in.add({.number = number, .key = key, .shape = shape, .wall = wall, .not_before = not_before}));
}

void LinePlanner::running(JobNumber number, const std::vector<Taken>& takes, Instant ends_by) {
  Inside& in = *in_;
  INVARIANT(!takes.empty(), "job {} runs nowhere", number);
  const Instant end = std::max(ends_by, in.now + milliseconds(1));
  const std::int32_t slot = in.add({.number = number, .promised = in.now, .end = end});
  for (const Taken& taken : takes) {
    in.nodes.run(number, taken, end);
    in.jobs[at(slot)].nodes.push_back(taken.node);
  }
  in.ends.emplace(end, slot);
  ++in.running;
}

void LinePlanner::rekey(JobNumber number, std::int64_t key) {
  Inside& in = *in_;
  Inside::Job& job = in.job_of(number, "changes its place");
  INVARIANT(job.nodes.empty(), "job {} runs and changes its place in the line", number);
  if (job.key == key) return;
  const std::int32_t slot = in.slot_of.at(number);
  in.line_out(slot);
  job.key = key;
  in.line_up(slot);
}

void LinePlanner::leave(JobNumber number) {
  Inside& in = *in_;
  const Inside::Job& job = in.job_of(number, "leaves");
  INVARIANT(job.nodes.empty(), "job {} leaves the line and runs", number);
  in.line_out(in.slot_of.at(number));
  in.forget(number);
}

void LinePlanner::end(JobNumber number, Instant now) {
  Inside& in = *in_;
  in.now = std::max(in.now, now);
  Inside::Job& job = in.job_of(number, "ends");
  INVARIANT(!job.nodes.empty(), "job {} ends and does not run", number);
  in.ends.erase({job.end, in.slot_of.at(number)});
  in.nodes.release(number, job.nodes, in.now);
  job.nodes.clear();
  --in.running;
  in.forget(number);
}

void LinePlanner::set_available(std::int32_t n, bool available, Instant now) {
  in_->now = std::max(in_->now, now);
  in_->nodes.set_available(n, available, in_->now);
}

bool LinePlanner::ever_fits(const Demand& demand) const { return in_->nodes.ever_fits(demand); }
bool LinePlanner::ever_fits(const Request& request) const { return in_->nodes.ever_fits(request); }

std::vector<LineStart> LinePlanner::step(Instant now) {
  Inside& in = *in_;
  INVARIANT(now >= in.now, "the planner is asked about the past");
  in.advance(now);
#ifdef MINGYUE_EXPENSIVE_INVARIANTS
  in.nodes.check();
#endif
  std::vector<LineStart> starts;
  if (in.policy == Backfill::conservative) {
    in.conservative(starts);
    return starts;
  }
  if (in.promised_head && in.jobs[at(*in.promised_head)].nodes.empty()) in.jobs[at(*in.promised_head)].promised = never;
  in.promised_head.reset();
  const std::int32_t head = in.start_in_order(starts);
  if (head < 0 || in.policy == Backfill::fcfs) return starts;
  (void)in.promise(head, now);
  in.promised_head = head;
  in.backfill(starts);
  in.nodes.take_back(in.jobs[at(head)].promise);
  in.jobs[at(head)].promise = LineNodes::none;
  return starts;
}

std::optional<Instant> LinePlanner::promise(JobNumber number) const {
  const auto it = in_->slot_of.find(number);
  if (it == in_->slot_of.end()) return std::nullopt;
  const Instant promised = in_->jobs[at(it->second)].promised;
  return promised == never ? std::nullopt : std::optional(promised);
}

std::optional<JobNumber> LinePlanner::first() const {
  const auto* head = in_->all.first(Duration{INT64_MAX});
  return head == nullptr ? std::nullopt : std::optional(in_->jobs[at(head->slot)].number);
}

std::size_t LinePlanner::waiting() const { return in_->all.size() + in_->later.size(); }
std::size_t LinePlanner::running() const { return in_->running; }

}  // namespace mingyue::sched
