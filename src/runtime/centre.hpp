#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "forecast/centre_forecaster.hpp"
#include "ports/clock.hpp"
#include "ports/engine.hpp"
#include "ports/history.hpp"
#include "ports/log_store.hpp"
#include "runtime/kernel.hpp"
#include "sched/plan_book.hpp"

namespace mingyue::runtime {

struct CentreOptions {
  std::size_t queue_max = 20'000;          ///< commands waiting; beyond it they are refused with `busy`
  Duration plan_gap = milliseconds(20);    ///< at least so long between two plans; longer when planning is slow
  std::uint64_t snapshot_every = 100'000;  ///< events
  Duration progress_gap = seconds(10);     ///< between two steps of an attempt that are logged; checkpoints always are
  Duration forecast_gap = seconds(10);     ///< of our time, between two looks at when waiting jobs start; 0: none
  sched::PlanSettings plans;
};

/// What a command led to, once it is durable.
struct Done {
  std::uint64_t seq = 0;            ///< of its last event; of the log's head where it led to none
  std::vector<core::Event> events;  ///< may be empty: nothing was to be done
};
using Answer = Expected<Done>;

/// The newest progress of an attempt, newer than the log's.
struct LiveProgress {
  model::AttemptId attempt;
  model::Progress progress;
  Instant at;
};

/// What a question sees: one moment of the centre, on the core's thread.
struct View {
  const core::State& state;
  const ledger::Book& book;
  sched::PlanBook& plans;
  const std::map<model::JobId, LiveProgress>& progress;
  Instant now;
  std::uint64_t head_seq = 0;
  std::optional<Fault> stalled;  ///< the log cannot be written
  /// When waiting jobs will likely start: the newest look, some seconds old; null before the first.
  std::shared_ptr<const forecast::CentreStarts> starts;
  /// How long jobs run, as learnt up to then; null while too little has ended.
  std::shared_ptr<const forecast::RunTimes> run_times;

  /// The newest; its waits explain the queue. After a step: a pass over all that wait.
  [[nodiscard]] const sched::Plan& plan() const { return plans.plan(); }
};

/// A durable event, as followers see it.
struct Published {
  std::uint64_t seq = 0;
  core::Event event;
};

/// A live centre: one thread runs the kernel; the store's thread makes batches durable; a third plans; a fourth learns
/// from the log when waiting jobs will start. Commands and questions may come from any thread.
///
///   1. recover()    reads the log;
///   2. start()      adopts what the engine still runs, asks standing effects again, begins to plan;
///   3. submit(), ask(), follow() ...;
///   4. stop()       no more commands; everything accepted is durable; what runs goes on running.
///
/// A command's answer comes after its events are durable, on the core's thread: it must be quick and must not wait.
/// While the log cannot be written (View::stalled), commands of people are refused with `log-stalled`, reports of
/// engines are kept, and nothing is acknowledged or started; when the disk has room again, the centre goes on by
/// itself.
class Centre : public ports::ReportSink {
 public:
  Centre(ports::LogStore& store, const ports::Clock& clock, CentreOptions options = {});
  ~Centre() override;

  Expected<Kernel::Recovered, Fault> recover();
  void start(ports::Engine& engine);
  void stop();

  void submit(core::Command command, std::move_only_function<void(Answer)> done);
  /// The same, waiting for the answer; not to be called on the core's thread.
  [[nodiscard]] Answer submit_and_wait(core::Command command);

  /// Runs `question` on the core's thread, between commands. Bounded work only.
  void ask(std::move_only_function<void(const View&)> question);
  /// The same, waiting until it has run; not to be called on the core's thread.
  void ask_and_wait(std::move_only_function<void(const View&)> question);

  /// Every durable event from now on, in order, on the core's thread. Returns a number for unfollow().
  std::uint64_t follow(std::function<void(const Published&)> each);
  void unfollow(std::uint64_t number);
  /// Live progress, as engines report it (at most once a second for an attempt); not in the log.
  std::uint64_t follow_progress(std::function<void(const LiveProgress&)> each);

  /// From the engine, any thread.
  void report(ports::EngineReport report) override;

  struct Counters {
    std::uint64_t commands = 0, refusals = 0, events = 0, batches = 0, plans = 0, plan_ms_last = 0, plan_ms_max = 0;
  };
  [[nodiscard]] Counters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mingyue::runtime
