#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecast/centre_arrivals.hpp"
#include "forecast/centre_line.hpp"
#include "forecast/log_note.hpp"
#include "forecast/start_time.hpp"

/// The forecaster of a live centre: a projection of its log, like the ledger.
///
///   1. fold()    every note of the log (forecast/log_note.hpp), in order: run times and arrivals are learnt;
///   2. look()    at a moment of the centre of just that point of the log: an interval for the start of each job in
///                line, or why there is none;
///   3. stated()  what was shown to people is evidence: whether the intervals keep their word is counted, and corrects
///                the next.
///
/// It decides nothing. The same notes and the same moments give the same forecasts, on every machine; save() and load()
/// lose nothing, so that a forecaster that is saved, loaded and told the rest of the log is the one that was never
/// away.
///
/// Memory: some 600 bytes for each job that has not ended; 8 MB of run times; the last 65,536 submissions.
/// Cost: fold() a few microseconds. look(): the planner's input is lined up once, then run forward eight times
/// (bench/live_forecast_bench).
namespace mingyue::forecast {

/// Why a job has no interval.
enum class NoForecast : std::uint8_t {
  none = 0,            ///< it has one
  not_yet = 1,         ///< nobody has looked since it came
  too_little = 2,      ///< too few jobs have ended here for anything to be said
  not_in_line = 3,     ///< it is held, waits for another job, for its array's or its project's bound, or never fits
  beyond_horizon = 4,  ///< it will likely not start within the horizon
};
DESCRIBE_ENUM(NoForecast, none, not_yet, too_little, not_in_line, beyond_horizon)

/// What one look saw.
struct CentreStarts {
  Instant made_at;
  bool enough = false;                        ///< jobs have ended, to say anything
  std::vector<StartForecast> starts;          ///< by job number
  std::vector<sched::JobNumber> in_line;      ///< of whom something could be said; by number
  std::vector<sched::JobNumber> not_in_line;  ///< waiting, but blocked or too large; by number

  [[nodiscard]] const StartForecast* of(model::JobId job) const;
  [[nodiscard]] NoForecast why_not(model::JobId job) const;
};

class CentreForecaster {
 public:
  /// With fewer jobs ended than this nothing is said.
  static constexpr std::uint64_t ends_least = 20;
  static constexpr std::size_t arrivals_most = 65'536;

  explicit CentreForecaster(const ForecastOptions& options = options_of_a_centre());
  [[nodiscard]] static ForecastOptions options_of_a_centre();

  void fold(const Note& note);
  /// Nothing once `go_on`, which is asked before each plan, says no.
  [[nodiscard]] CentreStarts look(Moment moment, const std::function<bool()>& go_on = {}) const;
  void stated(const CentreStarts& starts);

  /// How long such a job will run; nothing while too little has ended.
  [[nodiscard]] std::optional<RunTime> run_time(const RunFacts& facts) const;
  [[nodiscard]] const RunTimes& run_times() const { return forecaster_.run_times(); }
  [[nodiscard]] const Calibration& calibration() const { return forecaster_.calibration(); }
  [[nodiscard]] std::uint64_t ended() const { return ended_; }

  /// In bytes and back (base/codec.hpp); load() gives nothing where they are not of this version.
  [[nodiscard]] std::string save() const;
  [[nodiscard]] static std::optional<CentreForecaster> load(std::string_view bytes);

  /// A job that has not ended.
  struct Known {
    enum class Where : std::uint8_t { away, waiting, running };
    RunFacts facts;
    std::uint64_t arrival = 0;
    Where where = Where::away;
    bool cut = false;  ///< its attempt will be ended by the centre
    bool ran = false;  ///< an attempt of it was granted once
  };

 private:
  void wait(model::JobId id, Known& job, Instant now);
  void submitted(const Note& note);
  void ended(const Note& note, Known& job);

  ForecastOptions options_;
  Forecaster forecaster_;
  CentreArrivals arrivals_{arrivals_most};
  std::map<model::JobId, Known> known_;
  std::uint64_t ended_ = 0;  ///< attempts from whose length something was learnt
};
DESCRIBE(CentreForecaster::Known, facts, arrival, where, cut, ran)

}  // namespace mingyue::forecast
