#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "forecast/arrivals.hpp"
#include "forecast/calibration.hpp"
#include "forecast/run_time.hpp"

/// When a waiting job will start: an interval with a stated confidence. A Forecaster stands beside a planner and is
/// told the same facts:
///
///   1. submitted()  a job waits: what it asks for, where it stands in the line;
///   2. started()    it runs;
///   3. ended()      it is over, by itself or at its limit: its run time is learnt; left(): it was withdrawn.
///
/// At any time forecast() runs the plan forward several times (forecast/lookahead.hpp), each time under other run times
/// (forecast/run_time.hpp; a job has another of its quantiles in each) and other arrivals (forecast/arrivals.hpp), and
/// corrects what comes out so that the interval keeps its word (forecast/calibration.hpp). A forecast that was told to
/// somebody is evidence: say so with stated(), or nothing is learnt from it.
///
/// What a forecast says depends on nothing but what was told before: the same facts give the same forecast, on every
/// machine. A Forecaster is a plain value: a copy goes on by itself (a what-if).
///
/// Cost: a forecast of one job is `futures` looks ahead, which end when it starts; forecast_all() gives all waiting
/// jobs for the price of the longest. Memory: some 500 bytes a job that waits or runs, 20 MB of history at most.
namespace mingyue::forecast {

struct ForecastOptions {
  std::size_t futures = 8;  ///< looks ahead for one forecast; 1, 2, 4, 8 or 16
  std::int64_t plans_exact = 400;
  Duration horizon = days(30);
  std::size_t arrivals_most = 65'536;  ///< remembered; 0: suppose that nothing more arrives
};

struct JobFacts {
  sched::JobNumber number = 0;
  RunFacts run;
  sched::Demand demand;
  std::int64_t key = 0;  ///< its place in the line, as given to the planner
};

struct StartForecast {
  sched::JobNumber job = 0;
  Instant made_at;
  Instant earliest;
  Instant point;
  Instant latest;
  std::int32_t permille = confidence_permille;  ///< the chance that it starts from earliest to latest
  Asked asked = Asked::first;
  WaitBand supposed;  ///< what the looks ahead said, before it was corrected
  friend bool operator==(const StartForecast&, const StartForecast&) = default;
};

/// How a job's run ended.
enum class Ran : std::uint8_t {
  through,  ///< by itself, or at its limit
  cut,      ///< by a fault or a preemption: says nothing of its length
};

/// A planner that holds only some of the jobs that a Forecaster was told of: a centre has several partitions, and jobs
/// that are held or wait for another.
struct InLine {
  const sched::LinePlanner& planner;
  bool planned = true;  ///< Lookahead::planned
  std::vector<sched::JobNumber> waiting;
  std::vector<SupposedEnd> running;  ///< when they end at the latest
};

/// What is supposed to arrive in each future: for its number, what gives the next arrival (as Lookahead::next_arrival).
using Suppositions = std::function<std::function<const SupposedArrival*()>(std::size_t)>;

/// A job as a Forecaster remembers it.
struct WatchedJob {
  RunFacts facts;
  RunTime likely;
  std::uint64_t arrival = 0;
  Instant submitted_at;
  Instant started_at;
  std::vector<Statement> stated;
};
DESCRIBE(WatchedJob, facts, likely, arrival, submitted_at, started_at, stated)

/// What a Forecaster remembers beside arrivals, as it is saved (base/codec.hpp).
struct ForecasterMemory {
  RunTimes run_times;
  Calibration calibration;
  std::map<sched::JobNumber, WatchedJob> waiting;
  std::map<sched::JobNumber, WatchedJob> running;
};
DESCRIBE(ForecasterMemory, run_times, calibration, waiting, running)

class Forecaster {
 public:
  explicit Forecaster(const ForecastOptions& options = {});
  Forecaster(const ForecastOptions& options, ForecasterMemory memory);

  void submitted(const JobFacts& job, Instant now);
  void started(sched::JobNumber job, Instant now);
  void ended(sched::JobNumber job, Instant now, Ran how = Ran::through);
  void left(sched::JobNumber job, Instant now);  ///< it no longer waits, and did not start

  /// `planner` holds what this Forecaster was told, and its step() for now was made. Nothing for a job that does not
  /// wait.
  [[nodiscard]] std::optional<StartForecast> forecast(sched::JobNumber job, const sched::LinePlanner& planner,
                                                      Instant now) const;
  /// Of all jobs that wait, by number.
  [[nodiscard]] std::vector<StartForecast> forecast_all(const sched::LinePlanner& planner, Instant now) const;

  /// Of those that wait in this line, by number; with arrivals of the caller's. Who does not start within the horizon
  /// in a quarter of the futures has none. Nothing at all once `go_on` (asked often) says no.
  [[nodiscard]] std::vector<StartForecast> forecast_all(const InLine& line, const Suppositions& arrivals, Instant now,
                                                        const std::function<bool()>& go_on) const;

  /// It was told to somebody: what comes of it counts. At most eight a job.
  void stated(const StartForecast& forecast);
  /// Whether one more would be evidence: there is none of this job yet, or it has waited twice as long as then.
  [[nodiscard]] bool worth_stating(const StartForecast& forecast) const;

  /// How long a job that waits or runs will have run in all.
  [[nodiscard]] std::optional<RunTime> run_time(sched::JobNumber job) const;
  [[nodiscard]] const RunTimes& run_times() const { return memory_.run_times; }
  [[nodiscard]] const Calibration& calibration() const { return memory_.calibration; }
  [[nodiscard]] const ForecasterMemory& memory() const { return memory_; }

 private:
  using Job = WatchedJob;

  void settle(Instant now);
  void close(Job& job, sched::JobNumber number, std::optional<Instant> started_at);
  [[nodiscard]] Outlook future(std::size_t index, sched::JobNumber wanted, const sched::LinePlanner& planner,
                               Instant now) const;
  [[nodiscard]] SupposedEnd end_of(sched::JobNumber number, const Job& job, std::size_t index, Instant now) const;
  [[nodiscard]] Lookahead suppose(std::size_t index, Instant now) const;
  [[nodiscard]] StartForecast correct(sched::JobNumber number, const Job& job, std::vector<Duration>& waits,
                                      Instant now) const;

  ForecastOptions options_;
  ForecasterMemory memory_;
  Arrivals arrivals_;
  std::set<std::pair<Instant, sched::JobNumber>> ends_of_intervals_;
};

}  // namespace mingyue::forecast
