#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "core/effect.hpp"
#include "core/live_planner.hpp"
#include "ports/memory_log_store.hpp"
#include "runtime/kernel.hpp"
#include "runtime/placements.hpp"
#include "twin/sim_engine.hpp"
#include "twin/simulation.hpp"
#include "twin/timeline.hpp"

namespace mingyue::twin {

/// What a scenario's settings come to.
struct WorldSettings {
  model::Centre centre;
  EngineFaults engine{0, 0, 0, 0, 0, 0, 0};
  std::uint64_t engine_seed = 1;
  sched::PlanSettings plans;
};

/// A job that somebody submits, with what is known of its program.
struct Submission {
  model::JobSpec spec;  ///< without dependencies
  std::string key;      ///< of idempotency; may be empty
  Program program;
  std::vector<std::pair<model::DependencyKind, std::string>> after;  ///< by the names of jobs
};

struct Crash {
  std::size_t kept = 0;   ///< batches that had just reached the disk, and nobody was told
  bool snapshot = false;  ///< one was being written
  Duration down{};        ///< until the daemon is back
};

class SimulatedWorld;
using Action = std::function<void(SimulatedWorld&)>;

/// A line of a scenario, ready to happen.
struct Step {
  std::int64_t at_ms = 0;
  Action act;
};

/// One simulated centre: the kernel and the planner of the live one, a simulated engine, disk and clock. What happens
/// is a queue of things that are due (programs, reports, timers, the disk, the next line of the scenario); safety is
/// checked after each, liveness when the story is over and its faults have stopped (simulated_laws.cpp).
///
/// A line of a scenario happens between two other things: what was written at the same instant is still under way, so
/// `submit` and `crash` at one time is a crash between the decision and the disk.
class SimulatedWorld {
 public:
  SimulatedWorld(WorldSettings settings, const RunOptions& options);
  /// The story, then the liveness phase. Broken laws are in the outcome.
  [[nodiscard]] Outcome run(const std::vector<Step>& story);

  // What lines do. People's commands reach nobody while the daemon is down.
  void submit(const Submission& submission);
  void repeat(const std::string& job);  ///< the same submission with the same key
  void command(const core::Command& command);
  /// By its name, or `name[2]` for the third element of an array; nothing where no such job was acknowledged.
  [[nodiscard]] std::optional<model::JobId> find_job(const std::string& name) const;
  void crash(const Crash& how);
  void lose_node(const std::string& name);
  void restore_node(const std::string& name);
  /// They say for how long; 0: they do not know.
  void set_others(const std::string& name, CoreCount cores, CardCount cards, Duration lasts);
  void fill_disk(Duration time);
  void slow_disk(Duration by) { disk_delay_ms_ = by.raw(); }
  void jump_clock(Duration ahead);  ///< of the true time; negative: behind it
  void say_nonsense(model::AttemptId nobody) { engine_.say_nonsense(nobody, world()); }

  /// The true time so long after the beginning.
  [[nodiscard]] static Instant instant(std::int64_t elapsed_ms);
  /// As the person who runs the centre.
  [[nodiscard]] static core::Actor somebody() { return {"root", model::Role::operator_}; }

 private:
  struct Asked {
    model::JobId first;
    std::size_t count = 1;
    std::uint64_t seq = 0;  ///< acknowledged once this is durable
    Instant at;
    core::SubmitJob command;
  };

  [[nodiscard]] Instant clock() const;  ///< the centre's own
  [[nodiscard]] Instant world() const;
  [[nodiscard]] Instant log_now() const { return std::max(clock(), kernel_.state().now); }
  [[nodiscard]] model::NodeId node_named(const std::string& name) const;  ///< of no node where there is none

  // Time (simulated_world.cpp).
  void go_on_until(std::int64_t until_ms);
  [[nodiscard]] std::int64_t next_ms() const;  ///< when the next thing is due, after now; INT64_MAX: never
  void happen();                               ///< what is due now
  void plan();
  [[nodiscard]] core::PlanResult make_plan(Instant now);
  Expected<std::vector<core::Event>> execute(const core::Command& command);
  void hear(const ports::EngineReport& report);
  void place();
  void perform(const core::Effect& effect);
  void recover();

  // The disk.
  void write_due();
  [[nodiscard]] std::int64_t next_write_ms() const;

  // Laws (simulated_laws.cpp).
  void check();
  void calm();
  void give_up_unplaceable();
  [[nodiscard]] std::string story_of(const core::Job& job) const;
  void check_end();
  void check_ledger();

  const WorldSettings settings_;
  const RunOptions& options_;
  ports::MemoryLogStore store_;
  SimEngine engine_;
  runtime::Placements placements_;
  runtime::Kernel kernel_;
  Timeline timeline_;
  std::map<std::string, Submission> said_;  ///< by the job's name, whatever was answered
  std::map<std::string, Asked> asked_;      ///< ... and those that were taken
  std::set<model::NodeId> lost_;
  std::int64_t elapsed_ms_ = 0;
  std::int64_t ahead_ms_ = 0;       ///< of the centre's clock
  std::int64_t disk_delay_ms_ = 0;  ///< from a write to its being durable
  std::int64_t disk_full_until_ms_ = 0;
  std::deque<std::int64_t> writes_due_ms_;  ///< one for each batch that is volatile
  std::optional<std::int64_t> back_at_ms_;  ///< the daemon is down until then
  std::optional<Instant> replan_at_;
  bool dirty_ = false;  ///< something has changed since the plan
  std::int64_t planned_ms_ = 0;
  std::int64_t plan_not_before_ms_ = 0;
  std::string plan_hash_;
  core::PlannerFeed feed_;
  core::LivePlanner planner_;
  bool kept_ = false;             ///< the planner can go on from the last plan
  std::uint32_t step_ = 0;        ///< from the last whole plan
  std::int64_t renew_at_ms_ = 0;  ///< a whole plan is due then
  std::uint64_t life_ = 0;        ///< of the daemon
  Outcome outcome_;
};

}  // namespace mingyue::twin
