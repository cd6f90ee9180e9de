#include <algorithm>

#include "base/invariant.hpp"
#include "sched/line_planner_inside.hpp"

/// One job starts, or is promised a start.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

void LinePlanner::Inside::start(std::int32_t slot, LineStart&& where, std::vector<LineStart>& starts) {
  line_out(slot);
  Job& job = jobs[at(slot)];
  job.promised = now;
  job.nodes = where.nodes;
  where.key = job.key;
  where.tag = job.tag;
  expect_end(slot, now + job.wall);
  ++running;
  starts.push_back(std::move(where));
}

/// Starts a job of one Demand; may_run_until says that it can.
void LinePlanner::Inside::start_one(std::int32_t slot, std::vector<LineStart>& starts) {
  const Job& job = jobs[at(slot)];
  LineStart where{.job = job.number};
  nodes.start(job.number, shapes[at(job.shape)].demand, now + job.wall, where.nodes);
  start(slot, std::move(where), starts);
}

/// Starts a job of several demands if they all fit now.
bool LinePlanner::Inside::start_request(std::int32_t slot, std::vector<LineStart>& starts) {
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

/// What is promised for now starts.
void LinePlanner::Inside::start_promised(std::int32_t slot, std::vector<LineStart>& starts) {
  Job& job = jobs[at(slot)];
  LineStart where{.job = job.number, .alternative = job.alternative};
  nodes.begin(job.promise, where.nodes);
  job.promise = LineNodes::none;
  start(slot, std::move(where), starts);
}

bool LinePlanner::Inside::start_if_it_fits(std::int32_t slot, std::vector<LineStart>& starts) {
  const Job& job = jobs[at(slot)];
  if (job.not_before > now) return false;
  const Shape& shape = shapes[at(job.shape)];
  if (shape.alternatives.empty()) {
    if (nodes.may_run_until(shape.demand) - now < job.wall) return false;
    start_one(slot, starts);
    return true;
  }
  if (start_request(slot, starts)) return true;
  // Promises are packed a little differently: where that fits now, that it is.
  if (promise(slot, now) == now) {
    start_promised(slot, starts);
    return true;
  }
  take_back(slot);
  return false;
}

/// Until when a job of this shape might run if it starts now. Of several demands: each by itself.
Instant LinePlanner::Inside::might_run_until(const Shape& shape) const {
  if (shape.alternatives.empty()) return nodes.may_run_until(shape.demand);
  Instant most = now;
  for (const Request& request : shape.alternatives) {
    Instant until = never;
    for (const Demand& demand : request.parts) until = std::min(until, nodes.may_run_until(demand));
    most = std::max(most, until);
  }
  return most;
}

/// Promises the job its earliest start, not before `from`; that start.
Instant LinePlanner::Inside::promise(std::int32_t slot, Instant from) {
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

void LinePlanner::Inside::take_back(std::int32_t slot) {
  Job& job = jobs[at(slot)];
  nodes.take_back(job.promise);
  job.promise = LineNodes::none;
  job.promised = never;
}

}  // namespace mingyue::sched
