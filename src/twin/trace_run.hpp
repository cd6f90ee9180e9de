#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "forecast/calibration.hpp"
#include "model/centre.hpp"
#include "report/run_report.hpp"
#include "sched/line_planner.hpp"
#include "twin/checkpoint_policy.hpp"
#include "twin/fault_plan.hpp"
#include "workload/source.hpp"

/// A centre on a trace of jobs: the core's own decide and apply, the ledger's book and the planner of the live centre,
/// under a simulated clock and a simulated engine. What is left out is what a trace cannot know and a simulated world
/// does not need: the log's bytes and the environments of processes.
namespace mingyue::twin {

struct TraceRunOptions {
  model::Centre centre;  ///< PartitionLines says where a job goes; spare nodes are used like any others
  sched::Backfill policy = sched::Backfill::easy;
  std::optional<FaultPlan> faults;
  CheckpointPolicy checkpoint;
  std::uint64_t seed = 1;  ///< of the faults
  Duration until;          ///< submissions and the window end there; 0: with the trace
  bool drain = true;       ///< go on until every job has ended
  bool forecast = false;   ///< say of each job that waits when it will start, and count what came of it
  std::string trace_name;
  std::string version;
  /// How far it is (0 to 1), and where in simulated time. Called about every 1,000 events.
  std::function<void(double, Instant)> tell;
};

/// What came of the forecasts of jobs, each made once: at its submission, when it had not started at once.
struct ForecastRow {
  Duration supposed_under;  ///< the wait that was supposed; 0: any
  forecast::CalibrationCount count;
};

struct TraceRun {
  report::RunReport report;
  std::uint64_t jobs = 0;
  std::uint64_t refused = 0;  ///< never fit, or the centre refused them
  std::uint64_t events = 0;
  std::uint64_t steps = 0;  ///< of the planner
  std::size_t waiting_most = 0;
  std::vector<ForecastRow> forecasts;  ///< by supposed wait, then all together; empty: none were asked for
  std::uint64_t started_at_once = 0;   ///< jobs that needed no forecast
};

/// Refusals: what the trace's reader refuses; a centre without nodes; faults that cannot happen in this centre.
[[nodiscard]] Expected<TraceRun> run_trace(workload::Source& source, const TraceRunOptions& options);

}  // namespace mingyue::twin
