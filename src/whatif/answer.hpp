#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "forecast/run_time.hpp"
#include "whatif/future.hpp"
#include "whatif/question.hpp"

namespace mingyue::whatif {

/// Used time of a partition's cores, or cards of a type, as part of what it could have given in the horizon.
struct PoolUse {
  std::string partition;
  std::string card_type;             ///< empty: cores
  std::int64_t capacity = 0;         ///< cores or cards, on average
  std::int64_t used_millionths = 0;  ///< of capacity × horizon; the median of the futures
};

/// A start, over the futures. None: not before the horizon.
struct StartTimes {
  std::optional<Instant> early;   ///< the 10th percentile
  std::optional<Instant> middle;  ///< the median
  std::optional<Instant> late;    ///< the 90th
  friend bool operator==(const StartTimes&, const StartTimes&) = default;
};

struct JobOutlook {
  model::JobId job;                  ///< of those submitted by the question: the id that they would have had
  bool asked = false;                ///< it is one of those
  std::optional<StartTimes> before;  ///< without the change; none for those submitted
  StartTimes after;
};

struct Side {
  std::int64_t started = 0;  ///< of what waits now, within the horizon; the median of the futures
  std::int64_t waiting = 0;  ///< of what waits now, not within it
  Duration wait_mean;        ///< until the start, from now, of what starts; the median of the futures
  std::vector<PoolUse> pools;
};

struct Answer {
  Instant now;
  Instant until;
  std::int32_t futures = 0;
  bool learnt = false;  ///< run times were drawn from what ended here, and not uniformly
  Side before;
  Side after;
  std::vector<JobOutlook> jobs;  ///< every job that waits, by id; then those submitted
  std::uint64_t events = 0;      ///< decided on the way
};

/// Runs the question's futures, on up to `threads` threads; the answer is the same with any number. Refuses what the
/// core would refuse (an unknown node, a job that never fits).
///
/// In the first future every job uses its whole wall limit, as a promise assumes. In the others each job's run time is
/// drawn from `learnt`: from how long jobs like it really ran, given that it has run so long already
/// (forecast/run_time.hpp). Where nothing was learnt (null), uniformly between what it has run and its limit. The draw
/// follows from the question's seed, the future and the job alone: it is the same with and without the change, so that
/// what differs comes from the change.
[[nodiscard]] Expected<Answer> ask(const core::State& state, const ledger::Book& book, Instant now,
                                   const Question& question, int threads, const forecast::RunTimes* learnt = nullptr);

/// One more job, if it were submitted now.
struct NewJob {
  model::JobSpec spec;  ///< checked already
  std::vector<core::EndedTarget> ended_targets;
};

/// When it would start. Nobody else submits, nothing fails.
struct NewJobStart {
  std::optional<Instant> at_limits;  ///< if all that runs and waits uses its whole wall limit; none: see `wait`
  StartTimes drawn;                  ///< under run times as they were learnt; of an array, of its first element
  std::int32_t futures = 0;          ///< that `drawn` was made of; 0: nothing was learnt, or there was no time
  std::optional<sched::Wait> wait;   ///< where it does not start within the horizon: why it would wait by itself
};

/// Runs one future at whole limits, and up to `futures` others with run times drawn from `learnt` (null: none), as long
/// as `go_on`, asked before each, says so. Each ends when the job starts. Refuses what the core would refuse.
[[nodiscard]] Expected<NewJobStart> start_of(core::State state, ledger::Book book, Instant now, const NewJob& job,
                                             Duration horizon, std::int32_t futures, const forecast::RunTimes* learnt,
                                             const std::function<bool()>& go_on);

}  // namespace mingyue::whatif
