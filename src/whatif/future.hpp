#pragma once

#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <vector>

#include "core/command.hpp"
#include "ledger/book.hpp"
#include "sched/partition_line.hpp"

/// One future of a live centre: its state, copied, and run on by the core's own decide and apply, with the planner of
/// sched/partition_line.hpp kept from event to event. Nobody submits, nothing fails, nobody is preempted: what is
/// already known plays itself out. The order is that of the moment at which the future began. In that order the line
/// is planned by EASY, and not conservatively as the live centre is: at each of many thousand ends only the first is
/// promised anew, and not everybody, so that a week of 20,000 jobs takes well under a second. Of jobs with the same
/// order the two differ in who backfills.
///
///   1. Future(state, book, now)
///   2. execute(command)   changes, as many as wanted
///   3. begin()            from here on it can be copied, to run on in several ways
///   4. run(until, time)   until the horizon, or until nothing is left to happen
namespace mingyue::whatif {

/// How long a job runs in all, when it has run for `elapsed` already: more than that, and at most its wall limit.
using RunTime = std::function<Duration(model::JobId, const model::JobSpec&, Duration elapsed)>;

[[nodiscard]] Duration whole_limit(model::JobId, const model::JobSpec& spec, Duration elapsed);

class Future {
 public:
  Future(core::State state, ledger::Book book, Instant now);

  [[nodiscard]] core::Decision execute(const core::Command& command);
  void begin();
  /// With `wanted`: no further than its start.
  void run(Instant until, const RunTime& run_time, std::optional<model::JobId> wanted = {});

  [[nodiscard]] const core::State& state() const { return state_; }
  [[nodiscard]] Instant now() const { return now_; }
  /// When each job that waited at the beginning started; none: not before the horizon.
  [[nodiscard]] const std::map<model::JobId, Instant>& starts() const { return starts_; }
  [[nodiscard]] std::vector<ledger::PoolSum> sums(Instant at) const { return ledger::sums(book_, at); }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  struct Due {
    Instant at;
    model::JobId job;
    friend auto operator<=>(const Due&, const Due&) = default;
  };
  [[nodiscard]] std::size_t partition_of(const model::JobSpec& spec) const;
  /// Of its partition, or behind those of all partitions that of its reservation; nothing: it asks for one that is
  /// over.
  [[nodiscard]] std::optional<std::size_t> line_of(const model::JobSpec& spec) const;
  void queue(model::JobId job, Instant not_before);
  [[nodiscard]] bool may_wait_in_line(const core::Job& job) const;
  void look_again(const std::set<model::JobId>& jobs);
  void end(model::JobId job);
  void plan(const RunTime& run_time);
  void start(model::JobId job, const RunTime& run_time);

  core::State state_;
  ledger::Book book_;
  Instant now_;
  std::vector<sched::PartitionLine> lines_;
  std::map<model::JobId, std::int64_t> keys_;  ///< of all that waited at the beginning
  std::set<model::JobId> blocked_;             ///< waiting, in no line
  bool budgets_ = false;                       ///< some project has one
  std::map<model::JobId, Instant> starts_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<ledger::Row> rows_;
  std::uint64_t events_ = 0;
};

}  // namespace mingyue::whatif
