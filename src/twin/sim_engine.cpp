#include "twin/sim_engine.hpp"

#include <algorithm>
#include <set>

namespace mingyue::twin {

using model::AttemptEnd;
using model::AttemptId;
using model::EndCause;

void SimEngine::launch(const model::LaunchOrder& order) {
  if (starts_.contains(order.attempt)) return;  // asked twice
  ++starts_[order.attempt];
  Program program{.order = order, .started = now_};
  const std::int64_t wall = order.wall.raw();
  // Most programs need less than they asked for; some ask for too little.
  const std::int64_t needs = prng_.between(1, std::max<std::int64_t>(2, wall + wall / 10));
  program.ends = now_ + Duration{needs};
  program.next_line = now_ + Duration{std::max<std::int64_t>(1'000, needs / 7)};
  const bool on_lost_node =
      std::ranges::any_of(order.tasks, [&](const auto& task) { return lost_.contains(task.lease.node); });
  if (on_lost_node) {
    finish(program, AttemptEnd{.cause = EndCause::lost, .message = "the node does not answer"}, now_);
  } else if (prng_.chance(faults_.launch_fails, 1000)) {
    finish(program, AttemptEnd{.cause = EndCause::launch_failed, .message = "no such program"}, now_);
  } else {
    program.announced = true;
    say(ports::Launched{order.attempt}, now_);
  }
  programs_.emplace(order.attempt, std::move(program));
}

void SimEngine::signal(AttemptId attempt, int) {
  const auto it = programs_.find(attempt);
  if (it == programs_.end() || it->second.over) return;
  Program& program = it->second;
  ++program.step;
  say(
      ports::Progressed{
          attempt,
          {.step = program.step, .of = 7, .checkpoint = "on-signal-" + std::to_string(program.step), .took_ms = 500}},
      now_);
}

void SimEngine::end(AttemptId attempt, Duration grace) {
  const auto it = programs_.find(attempt);
  if (it == programs_.end() || it->second.over) return;
  const bool stubborn = prng_.chance(faults_.ignores_term, 1000);
  const Instant by = now_ + (stubborn ? grace : Duration{std::min<std::int64_t>(grace.raw(), 100)});
  if (grace == Duration{0})
    return finish(it->second, AttemptEnd{.cause = EndCause::ended, .signal = 9, .last_step = it->second.step}, now_);
  if (!it->second.killed || by < *it->second.killed) it->second.killed = by;
}

void SimEngine::forget(AttemptId attempt) {
  const auto it = programs_.find(attempt);
  if (it != programs_.end() && it->second.over) programs_.erase(it);
}

void SimEngine::reconcile(const std::vector<AttemptId>& standing) {
  const std::set<AttemptId> known(standing.begin(), standing.end());
  std::vector<AttemptId> gone;
  for (auto& [id, program] : programs_) {
    if (!known.contains(id)) {
      gone.push_back(id);  // its end is in the log, or it never was there: nothing may run of it
      continue;
    }
    say(ports::Launched{id}, now_);
    if (program.over) say(ports::Ended{id, program.end}, now_);
  }
  for (const AttemptId& id : gone) programs_.erase(id);
}

void SimEngine::advance(Instant now) {
  now_ = std::max(now_, now);
  for (auto& [id, program] : programs_) {
    if (program.over) continue;
    while (program.next_line <= now_ && program.next_line < program.ends) {
      ++program.step;
      model::Progress line{.step = program.step, .of = 7};
      if (program.order.checkpoint.signal != 0) {
        line.checkpoint = "step-" + std::to_string(program.step);
        line.took_ms = prng_.between(0, 2'000);
      }
      say(ports::Progressed{id, line}, program.next_line);
      program.next_line =
          program.next_line + Duration{std::max<std::int64_t>(1'000, (program.ends - program.started).raw() / 7)};
    }
    const Instant wall = program.started + program.order.wall;
    if (program.killed && *program.killed <= now_) {
      finish(program, AttemptEnd{.cause = EndCause::ended, .signal = 15, .last_step = program.step}, *program.killed);
    } else if (program.ends <= now_ && program.ends <= wall) {
      AttemptEnd end{.cause = EndCause::exited, .last_step = program.step};
      if (prng_.chance(faults_.program_fails, 1000))
        end.exit_code = prng_.chance(1, 5) ? 93 : 1;
      else if (prng_.chance(faults_.program_killed, 1000))
        end = {.cause = EndCause::signalled, .signal = 9, .last_step = program.step};
      else if (prng_.chance(faults_.program_lost, 1000))
        end = {.cause = EndCause::lost, .message = "its supervisor was killed"};
      finish(program, end, program.ends);
    } else if (wall <= now_) {
      finish(program, AttemptEnd{.cause = EndCause::wall, .last_step = program.step}, wall);
    }
  }
  if (prng_.chance(faults_.report_nonsense, 1000)) {
    const AttemptId nobody{model::JobId{prng_.between(1, 50) > 40 ? prng_.below(1'000'000) : prng_.below(60)},
                           static_cast<std::int32_t>(prng_.between(7, 9))};
    say(ports::Launched{nobody}, now_);
    say(ports::Ended{nobody, {}}, now_);
    say(ports::Progressed{nobody, {.step = -5, .of = 3, .checkpoint = "nonsense"}}, now_);
    say(ports::NodeSeen{model::NodeId{4'000'000}, false, "nowhere"}, now_);
  }
}

Instant SimEngine::next() const {
  Instant soonest = never;
  for (const auto& [id, program] : programs_) {
    if (program.over) continue;
    soonest = std::min({soonest, program.ends, program.next_line, program.started + program.order.wall});
    if (program.killed) soonest = std::min(soonest, *program.killed);
  }
  if (!mail_.empty()) soonest = std::min(soonest, mail_.begin()->first);
  return soonest;
}

std::vector<ports::EngineReport> SimEngine::take_reports(Instant now) {
  std::vector<ports::EngineReport> arrived;
  while (!mail_.empty() && mail_.begin()->first <= now) {
    arrived.push_back(std::move(mail_.begin()->second));
    mail_.erase(mail_.begin());
  }
  return arrived;
}

void SimEngine::daemon_died() { mail_.clear(); }

void SimEngine::lose_node(model::NodeId node, Instant now) {
  lost_.insert(node);
  std::vector<AttemptId> dead;
  for (auto& [id, program] : programs_) {
    const bool here =
        std::ranges::any_of(program.order.tasks, [&](const auto& task) { return task.lease.node == node; });
    if (here && !program.over) dead.push_back(id);
  }
  for (const AttemptId& id : dead) {
    Program& program = programs_.at(id);
    finish(program, AttemptEnd{.cause = EndCause::lost, .message = "the node went away"}, now);
  }
  say(ports::NodeSeen{node, false, "does not answer"}, now);
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

void SimEngine::say(ports::EngineReport report, Instant now) {
  const bool late = prng_.chance(faults_.report_late, 1000);
  const Instant arrives = now + Duration{late ? prng_.between(0, 60'000) : prng_.between(0, 20)};
  if (prng_.chance(faults_.report_repeated, 1000)) mail_.emplace(arrives + Duration{prng_.between(0, 120'000)}, report);
  mail_.emplace(arrives, std::move(report));
}

void SimEngine::finish(Program& program, AttemptEnd end, Instant now) {
  program.over = true;
  program.end = end;
  say(ports::Ended{program.order.attempt, std::move(end)}, now);
}

}  // namespace mingyue::twin
