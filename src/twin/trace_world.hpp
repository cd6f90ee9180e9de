#pragma once

#include <map>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/command.hpp"
#include "forecast/start_time.hpp"
#include "ledger/book.hpp"
#include "report/collector.hpp"
#include "twin/fault_source.hpp"
#include "twin/partition_lines.hpp"
#include "twin/trace_run.hpp"
#include "twin/work_clock.hpp"

/// The world around a core that runs a trace: jobs that compute, save and end; nodes that break; a clock that jumps
/// from one event to the next. What is inside run_trace(), in four files by idea: the clock and the ring
/// (trace_world.cpp), jobs (trace_world_jobs.cpp), faults (trace_world_faults.cpp), the report
/// (trace_world_report.cpp).
namespace mingyue::twin {

/// A job from its submission to its end, as the world knows it.
struct LiveJob {
  Instant submitted_at;
  std::uint32_t user = 0;  ///< 0: not said
  std::optional<Instant> first_start;
  Duration left;      ///< of its work
  Duration limit;     ///< as asked for
  Duration of_trace;  ///< how often it saves, by the trace; 0: never
  workload::End end = workload::End::unknown;
  PartitionLines::Spot spot;
  sched::Room need;  ///< of a task
  std::int32_t tasks = 1;
  std::int64_t size = 1;  ///< cards; cores, for a job without cards
  std::int64_t key = 0;   ///< its place in the line
  report::JobLife life;

  // Of the present attempt, or the last.
  std::int32_t attempt = 0;
  std::vector<std::int32_t> nodes;  ///< empty: it waits
  Duration interval;                ///< between its checkpoints
  Duration writing;                 ///< what they may add to its limit
  Instant granted_at;
  Instant started_at;
  bool computing = false;             ///< it has started
  std::optional<Instant> still_from;  ///< it stands still, and the centre does not know yet
  Instant closed_at;                  ///< when the centre took its nodes away
  Instant limit_at;                   ///< when its limit ends it
  WorkClock clock;
  Instant told_at;                      ///< the last checkpoint that the core knows
  Duration told_written;                ///< time in writing that the core knows
  std::uint32_t version = 0;            ///< of what is due: what was planned before the last change is stale
  std::optional<std::size_t> incident;  ///< that interrupted it; until it computes again
};

/// What will happen in the world. Of one instant, in this order.
enum class What : std::uint8_t { saved, end, fault, noticed, restored, foresee, started };

/// Ordered by time, then by kind, then by who.
struct Due {
  Instant at;
  What what = What::end;
  std::uint64_t who = 0;  ///< job, node, or number of a fault
  std::int32_t attempt = 0;
  std::uint32_t version = 0;
  friend auto operator<=>(const Due&, const Due&) = default;
};

class TraceWorld {
 public:
  /// Both outlive the world.
  TraceWorld(workload::Source& source, const TraceRunOptions& options);
  /// Before run(); refuses faults that cannot happen in this centre.
  [[nodiscard]] Expected<void> prepare_faults();
  [[nodiscard]] Expected<TraceRun> run();

 private:
  // --- the clock and the ring ---
  [[nodiscard]] Instant begin();
  const std::vector<core::EventBody>& execute(const core::Command& command, Instant now);
  void use(const ledger::PoolKey& pool, ledger::UseClass how, std::int64_t count, Instant from, Instant to);
  void happen(const Due& due);
  void check_laws();

  // --- jobs ---
  void submit(const workload::TraceJob& job, Instant now);
  void enter_line(std::uint64_t job, LiveJob& live, Instant now);
  void plan(Instant now);
  void forecast_fresh(Instant now);
  void check_promise(std::int32_t partition, const std::vector<sched::LineStart>& starts);
  void grant(std::uint64_t job, Instant now);
  [[nodiscard]] std::vector<sched::IdleClasses> idle();
  void start(std::uint64_t job, Instant now);
  [[nodiscard]] Duration interval_of(const LiveJob& live, Instant now) const;
  void plan_ahead(std::uint64_t job, LiveJob& live, Instant now);
  void saved(const Due& due);
  void tell_saved(std::uint64_t job, LiveJob& live, Instant now);
  void end(const Due& due);
  void close_attempt(std::uint64_t job, LiveJob& live, Instant now, bool interrupted);
  void forget_job(std::uint64_t job, const LiveJob& live, Instant now, model::JobState state);
  [[nodiscard]] bool is_current(const Due& due) const;

  // --- faults ---
  void foresee(Instant now);
  [[nodiscard]] Instant next_fault_of(const LiveJob& live) const;
  void recompute_next_fault(const Fault& fault);
  void on_fault(const Due& due);
  void break_nodes(std::uint64_t number, const Fault& fault);
  void hit_job(std::uint64_t number, const Fault& fault);
  void slow_node(std::uint64_t number, const Fault& fault);
  void notice(const Due& due);
  void notice_job(std::uint64_t number, const Fault& fault, Instant now);
  void notice_nodes(std::uint64_t number, const Fault& fault, Instant now);
  void interrupt(const std::vector<std::uint64_t>& jobs, Instant now);
  void report_hang(std::uint64_t job, Instant now);
  void restore(const Due& due);
  [[nodiscard]] std::vector<std::uint64_t> jobs_on(const std::vector<std::uint32_t>& nodes) const;
  [[nodiscard]] report::Incident incident_of(const Fault& fault, Instant until, const std::vector<std::uint64_t>& jobs,
                                             Instant now) const;

  // --- the report ---
  [[nodiscard]] report::CollectorSetup setup();
  void count_nodes(std::uint64_t job, const LiveJob& live, ledger::UseClass kind, Instant to);
  [[nodiscard]] TraceRun finish(Instant stop);

  workload::Source& source_;
  const TraceRunOptions& options_;
  workload::TraceJob next_;
  bool more_ = false;
  Instant origin_;  ///< submissions count from here
  Instant begin_;   ///< of the window
  Instant last_;
  core::Actor operator_{"twin", model::Role::operator_};
  core::State state_;
  ledger::Book book_;
  bool has_cards_ = false;           ///< the centre has: then its load is counted in cards
  std::int64_t capacity_ = 0;        ///< cards, or cores
  std::vector<report::Pool> pools_;  ///< as the collector numbers them
  PartitionLines lines_;
  std::vector<forecast::Forecaster> forecasters_;              ///< by partition, where forecasts are asked for
  std::vector<std::pair<std::int32_t, std::uint64_t>> fresh_;  ///< jobs that came since the last plan, by partition
  report::Collector collector_;
  std::unordered_map<std::uint64_t, LiveJob> live_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  Int128 offered_ = 0;
  std::int64_t waiting_size_ = 0;

  struct Promised {
    std::optional<sched::JobNumber> first;
    Instant at;
  };
  std::vector<Promised> promised_;           ///< by partition
  std::vector<std::uint8_t> nodes_changed_;  ///< by partition: since the last promise
  std::int64_t promises_checked_ = 0;

  struct Broken {
    Instant at;
    std::uint64_t fault = 0;
  };
  struct Slow {
    std::int32_t factor = 1'000;
    std::uint64_t fault = 0;
  };
  std::optional<FaultSource> faults_;
  FailureRate failure_rate_{llama_3_rate};
  std::map<std::uint64_t, Fault> known_;  ///< faults that are to come or not noticed yet, by number
  std::map<std::uint64_t, std::pair<std::uint64_t, std::int32_t>> hit_;  ///< by fault: the job and its attempt
  std::uint64_t fault_numbers_ = 0;
  std::vector<Instant> next_fault_;         ///< by node; `never`: none known
  std::map<std::uint32_t, Broken> broken_;  ///< nodes that broke and were not noticed yet
  std::map<std::uint32_t, Slow> slow_;
  std::map<std::uint32_t, Instant> down_since_;
  std::vector<std::vector<std::uint64_t>> jobs_on_;  ///< by node: who holds some of it
  std::vector<std::pair<report::Incident, std::optional<model::NodeId>>> incidents_;

  std::vector<core::EventBody> bodies_;
  std::vector<ledger::Use> rows_;
  TraceRun out_;
};

}  // namespace mingyue::twin
