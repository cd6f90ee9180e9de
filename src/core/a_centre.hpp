#pragma once

#include <string>
#include <vector>

#include "core/command.hpp"
#include "core/effect.hpp"
#include "core/planner_input.hpp"
#include "sched/plan.hpp"

/// Builders for tests of the ring: every default given, so that only what matters is visible.
namespace mingyue::core::testing {

inline const Actor root{"root", model::Role::operator_};

inline model::JobSpec a_job(std::string name = "job") {
  model::JobSpec job{.name = std::move(name),
                     .user = "ann",
                     .project = "demo",
                     .partition = "main",
                     .priority_class = "normal",
                     .wall = hours(1)};
  job.parts = {{.name = "main", .need = {.cores = CoreCount{1}, .memory = Bytes{1 << 20}}, .command = {"true"}}};
  return job;
}

/// A centre of `nodes` nodes with `cores` cores each, driven by hand: commands in, time by advance().
class TestCentre {
 public:
  explicit TestCentre(int nodes = 1, int cores = 4) {
    model::Centre centre{.name = "test"};
    centre.partitions = {{"main", hours(24)}};
    centre.classes = {{"normal", 100, false}, {"high", 200, true}};
    centre.projects = {{.name = "demo"}, {.name = "poor", .has_budget = true}};
    centre.users = {{"ann", model::Role::member, {"demo", "poor"}}, {"bob", model::Role::member, {"demo"}}};
    centre.prices = {{"", Credits{1'000'000}}};
    for (int i = 0; i < nodes; ++i) {
      centre.nodes.push_back({.name = "n" + std::to_string(i),
                              .partition = "main",
                              .cores = CoreCount{cores},
                              .memory = Bytes{1LL << 34},
                              .is_virtual = true});
    }
    EXPECT_TRUE(give(ConfigureCentre{centre, {}}).has_value());
  }

  Decision give(const Command& command) {
    auto decision = decide(state, command, now);
    if (!decision) return decision;
    for (const auto& body : *decision) {
      const Event event{now, body};
      apply(state, event);
      for (auto& effect : react(state, event)) effects.push_back(std::move(effect));
      log.push_back(event);
    }
    check(state);
    return decision;
  }

  model::JobId submit(model::JobSpec job) {
    const model::JobId id = state.next_job;
    const auto decision = give(SubmitJob{root, std::move(job), "", {}});
    EXPECT_TRUE(decision.has_value()) << (decision ? "" : decision.error().message);
    return id;
  }

  /// Plans and adopts; what starts is reported as running.
  void plan() {
    const auto input = planner_input(state, now);
    auto plan = sched::plan(input.snapshot);
    newest = plan;
    EXPECT_TRUE(give(AdoptPlan{plan.starts, plan.preemptions, plan.idle}).has_value());
    std::vector<model::AttemptId> starting;
    for (const auto& [id, attempt] : state.attempts) {
      if (!attempt.started_at) starting.push_back(attempt.id);
    }
    for (const auto& id : starting) EXPECT_TRUE(give(ReportLaunched{id}).has_value());
  }

  void end(model::JobId job, model::AttemptEnd how = {}) {
    EXPECT_TRUE(give(ReportEnded{state.attempts.at(job).id, std::move(how)}).has_value());
  }

  [[nodiscard]] std::string outcome(model::JobId job) const {
    for (const auto& event : log) {
      const auto* end = std::get_if<JobEnded>(&event.body);
      if (end != nullptr && end->job == job)
        return std::string(end->state == model::JobState::succeeded   ? "succeeded"
                           : end->state == model::JobState::failed    ? "failed"
                           : end->state == model::JobState::cancelled ? "cancelled"
                                                                      : "timed out") +
               (end->reason.empty() ? "" : ": " + end->reason);
    }
    return "none";
  }

  template <class E>
  [[nodiscard]] int count() const {
    int n = 0;
    for (const auto& event : log) n += std::holds_alternative<E>(event.body) ? 1 : 0;
    return n;
  }

  State state;
  Instant now{1'790'000'000'000};
  std::vector<Event> log;
  std::vector<Effect> effects;
  sched::Plan newest;
};

}  // namespace mingyue::core::testing
