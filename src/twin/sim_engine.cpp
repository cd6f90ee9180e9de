#include "twin/sim_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace mingyue::twin {

using model::AttemptEnd;
using model::AttemptId;
using model::EndCause;

void SimEngine::launch(const model::LaunchOrder& order) {
  if (starts_.contains(order.attempt)) return;  // asked twice
  if (!order.guest) return begin(order);
  Prng prng = prng_.split(fmt::format("queue {} {}", order.job_name, order.attempt.number));
  queue_.add(order, now_ + Duration{prng.between(0, 600'000)});
}

void SimEngine::say_placed(const model::LaunchOrder& order) {
  ports::Placed placed{order.attempt, {}};
  for (const model::TaskOrder& task : order.tasks) placed.nodes.push_back(task.node_name);
  mail_.emplace(now_, std::move(placed));  // never behind what else is said of it
}

void SimEngine::set_others(model::NodeId node, CoreCount cores, CardCount cards, std::optional<Instant> until,
                           Instant now) {
  const auto [got_cores, got_cards] = queue_.set_others(node, cores, cards);
  others_[node] = {node, got_cores, got_cards, Bytes{}, until};
  mail_.emplace(now, others_[node]);
}

void SimEngine::begin(const model::LaunchOrder& order) {
  ++starts_[order.attempt];
  // By name and element, not by number: another job before this one changes nothing here.
  std::string element;
  for (const auto& [name, value] : order.tasks.front().environment)
    if (name == "MINGYUE_ARRAY_INDEX") element = value;
  Running program{.order = order,
                  .prng = prng_.split(fmt::format("{} {} {}", order.job_name, element, order.attempt.number)),
                  .started = now_};
  Program known;
  if (const auto it = known_.find(order.job_name); it != known_.end()) known = it->second;
  program.known_end = known.ends;
  const std::int64_t wall = order.wall.raw();
  // Most programs need less than they asked for; some ask for too little.
  const std::int64_t needs =
      known.runs ? known.runs->raw() : program.prng.between(1, std::max<std::int64_t>(2, wall + wall / 10));
  program.ends = now_ + Duration{needs};
  program.next_line = now_ + Duration{std::max<std::int64_t>(1'000, needs / 7)};
  if (known.ends == ProgramEnd::hangs) {
    program.ends = program.next_line = never;
    if (order.hang_after > Duration{0}) program.silent_at = now_ + order.hang_after;
  }
  const bool on_lost_node =
      std::ranges::any_of(order.tasks, [&](const auto& task) { return lost_.contains(task.lease.node); });
  if (on_lost_node) {
    finish(program, AttemptEnd{.cause = EndCause::lost, .message = "the node does not answer"}, now_);
  } else if (program.prng.chance(faults_.launch_fails, 1000)) {
    finish(program, AttemptEnd{.cause = EndCause::launch_failed, .message = "no such program"}, now_);
  } else {
    say(ports::Launched{order.attempt}, now_, program.prng);
  }
  programs_.emplace(order.attempt, std::move(program));
}

void SimEngine::signal(AttemptId attempt, int) {
  const auto it = programs_.find(attempt);
  if (it == programs_.end() || it->second.over) return;
  Running& program = it->second;
  ++program.step;
  say(
      ports::Progressed{
          attempt,
          {.step = program.step, .of = 7, .checkpoint = "on-signal-" + std::to_string(program.step), .took_ms = 500}},
      now_, program.prng);
}

void SimEngine::end(AttemptId attempt, Duration grace) {
  if (queue_.remove(attempt)) {
    mail_.emplace(now_, ports::Ended{attempt, {.cause = EndCause::ended, .message = "it had not begun"}});
    return;
  }
  const auto it = programs_.find(attempt);
  if (it == programs_.end() || it->second.over) return;
  const bool stubborn = it->second.prng.chance(faults_.ignores_term, 1000);
  const Instant by = now_ + (stubborn ? grace : Duration{std::min<std::int64_t>(grace.raw(), 100)});
  if (grace == Duration{0})
    return finish(it->second, AttemptEnd{.cause = EndCause::ended, .signal = 9, .last_step = it->second.step}, now_);
  if (!it->second.killed || by < *it->second.killed) it->second.killed = by;
}

void SimEngine::forget(AttemptId attempt) {
  const auto it = programs_.find(attempt);
  if (it != programs_.end() && it->second.over) erase(attempt);
}

void SimEngine::erase(AttemptId id) {
  spent_ ^= programs_.at(id).prng.next();
  programs_.erase(id);
}

void SimEngine::reconcile(const std::vector<AttemptId>& standing) {
  const std::set<AttemptId> known(standing.begin(), standing.end());
  queue_.keep(known);
  for (const auto& [node, others] : others_) mail_.emplace(now_, others);
  std::vector<AttemptId> gone;
  for (auto& [id, program] : programs_) {
    if (!known.contains(id)) {
      gone.push_back(id);  // its end is in the log, or it never was there: nothing may run of it
      continue;
    }
    if (program.order.guest) say_placed(program.order);
    say(ports::Launched{id}, now_, program.prng);
    if (program.over) say(ports::Ended{id, program.end}, now_, program.prng);
  }
  for (const AttemptId& id : gone) erase(id);
}

void SimEngine::make_progress(AttemptId id, Running& program) {
  while (program.next_line <= now_ && program.next_line < program.ends) {
    ++program.step;
    model::Progress line{.step = program.step, .of = 7};
    if (program.order.checkpoint.signal != 0) {
      line.checkpoint = "step-" + std::to_string(program.step);
      line.took_ms = program.prng.between(0, 2'000);
    }
    say(ports::Progressed{id, line}, program.next_line, program.prng);
    program.next_line =
        program.next_line + Duration{std::max<std::int64_t>(1'000, (program.ends - program.started).raw() / 7)};
  }
}

AttemptEnd SimEngine::own_end(Running& program) const {
  Prng& prng = program.prng;
  const ProgramEnd how = program.known_end                           ? *program.known_end
                         : prng.chance(faults_.program_fails, 1000)  ? ProgramEnd::fails
                         : prng.chance(faults_.program_killed, 1000) ? ProgramEnd::killed
                         : prng.chance(faults_.program_lost, 1000)   ? ProgramEnd::lost
                                                                     : ProgramEnd::ok;
  switch (how) {
    case ProgramEnd::fails:
      // 93 says that trying again is of no use.
      return {.cause = EndCause::exited, .exit_code = prng.chance(1, 5) ? 93 : 1, .last_step = program.step};
    case ProgramEnd::killed:
      return {.cause = EndCause::signalled, .signal = 9, .last_step = program.step};
    case ProgramEnd::lost:
      return {.cause = EndCause::lost, .message = "its supervisor was killed"};
    case ProgramEnd::ok:
    case ProgramEnd::hangs:
      break;
  }
  return {.cause = EndCause::exited, .last_step = program.step};
}

void SimEngine::advance(Instant now) {
  now_ = std::max(now_, now);
  for (const model::LaunchOrder& order : queue_.step(now_)) {
    say_placed(order);
    begin(order);
  }
  for (auto& [id, program] : programs_) {
    if (program.over) continue;
    make_progress(id, program);
    const Instant wall = program.started + program.order.wall;
    if (program.silent_at <= now_) {
      say(ports::Silent{id, program.order.hang_after}, program.silent_at, program.prng);
      program.silent_at = never;
    }
    if (program.killed && *program.killed <= now_) {
      finish(program, AttemptEnd{.cause = EndCause::ended, .signal = 15, .last_step = program.step}, *program.killed);
    } else if (program.ends <= now_ && program.ends <= wall) {
      finish(program, own_end(program), program.ends);
    } else if (wall <= now_) {
      finish(program, AttemptEnd{.cause = EndCause::wall, .last_step = program.step}, wall);
    }
  }
}

void SimEngine::say_nonsense(AttemptId nobody, Instant now) {
  say(ports::Launched{nobody}, now, nodes_);
  say(ports::Ended{nobody, {}}, now, nodes_);
  say(ports::Progressed{nobody, {.step = -5, .of = 3, .checkpoint = "nonsense"}}, now, nodes_);
  say(ports::NodeSeen{model::NodeId{4'000'000}, false, "nowhere"}, now, nodes_);
}

Instant SimEngine::next() const {
  Instant soonest = never;
  for (const auto& [id, program] : programs_) {
    if (program.over) continue;
    soonest =
        std::min({soonest, program.ends, program.next_line, program.started + program.order.wall, program.silent_at});
    if (program.killed) soonest = std::min(soonest, *program.killed);
  }
  if (!mail_.empty()) soonest = std::min(soonest, mail_.begin()->first);
  return std::min(soonest, queue_.next(now_));
}

std::vector<ports::EngineReport> SimEngine::take_reports(Instant now) {
  std::vector<ports::EngineReport> arrived;
  while (!mail_.empty() && mail_.begin()->first <= now) {
    arrived.push_back(std::move(mail_.begin()->second));
    mail_.erase(mail_.begin());
  }
  return arrived;
}

void SimEngine::daemon_died() {
  mail_.clear();
  // Silence lasts, so the next daemon hears of it too.
  for (auto& [id, program] : programs_)
    if (!program.over && program.known_end == ProgramEnd::hangs && program.order.hang_after > Duration{0})
      program.silent_at = program.started + program.order.hang_after;
}

void SimEngine::lose_node(model::NodeId node, Instant now) {
  lost_.insert(node);
  queue_.lose(node);
  std::vector<AttemptId> dead;
  for (auto& [id, program] : programs_) {
    const bool here =
        std::ranges::any_of(program.order.tasks, [&](const auto& task) { return task.lease.node == node; });
    if (here && !program.over) dead.push_back(id);
  }
  for (const AttemptId& id : dead) {
    Running& program = programs_.at(id);
    finish(program, AttemptEnd{.cause = EndCause::lost, .message = "the node went away"}, now);
  }
  say(ports::NodeSeen{node, false, "does not answer"}, now, nodes_);
}

std::int64_t SimEngine::starts_max() const {
  std::int64_t most = 0;
  for (const auto& [id, n] : starts_) most = std::max(most, n);
  return most;
}

std::size_t SimEngine::running() const {
  return static_cast<std::size_t>(std::ranges::count_if(programs_, [](const auto& item) { return !item.second.over; }));
}

bool SimEngine::one_attempt_each() const {
  std::set<model::JobId> seen;
  return std::ranges::all_of(programs_,
                             [&](const auto& item) { return item.second.over || seen.insert(item.first.job).second; });
}

std::uint64_t SimEngine::last_draw() const {
  Prng nodes = nodes_;
  std::uint64_t draw = spent_ ^ nodes.next();
  for (const auto& [id, program] : programs_) {
    Prng prng = program.prng;
    draw ^= prng.next();
  }
  return draw;
}

void SimEngine::say(ports::EngineReport report, Instant now, Prng& prng) {
  const bool late = prng.chance(faults_.report_late, 1000);
  const Instant arrives = now + Duration{late ? prng.between(0, 60'000) : prng.between(0, 20)};
  if (prng.chance(faults_.report_repeated, 1000)) mail_.emplace(arrives + Duration{prng.between(0, 120'000)}, report);
  mail_.emplace(arrives, std::move(report));
}

void SimEngine::finish(Running& program, AttemptEnd end, Instant now) {
  program.over = true;
  queue_.release(program.order.attempt);
  program.end = end;
  say(ports::Ended{program.order.attempt, std::move(end)}, now, program.prng);
}

}  // namespace mingyue::twin
