#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/time.hpp"
#include "sched/backfill.hpp"
#include "sched/closed_times.hpp"
#include "sched/demand.hpp"
#include "sched/pressure.hpp"

/// The planner of one partition, kept from event to event: jobs arrive, start, end; `step(now)` says what starts. What
/// it costs follows from what changed, and not from how much there is.
///
/// It can also be built in the middle of a centre's life: `running` tells it what runs already.
///
/// What a job asks for is a gang of equal tasks on one kind of node (`Demand`), or several of those at once
/// (`Request`), or one of several such requests. How nodes are counted and shared: sched/line_nodes.hpp. What the
/// policies do: sched/backfill.hpp. How conservative keeps its promises from step to step: line_conservative.cpp.
namespace mingyue::sched {

struct LineStart {
  JobNumber job = 0;
  /// In the order of the request's parts, and of each the whole ones, then that of the part. A node is named twice if
  /// two parts share it.
  std::vector<std::int32_t> nodes;
  std::int32_t alternative = 0;  ///< which of the job's requests it was
  std::int64_t key = 0;          ///< by which it stood in the line
  std::int32_t tag = 0;          ///< the caller's own
};

class LinePlanner {
 public:
  LinePlanner(const std::vector<LineNode>& nodes, Backfill policy, Instant now);
  ~LinePlanner();
  LinePlanner(const LinePlanner& other);
  LinePlanner(LinePlanner&&) noexcept;
  LinePlanner& operator=(const LinePlanner&) = delete;
  LinePlanner& operator=(LinePlanner&&) noexcept;

  /// The job waits. A lower key comes first; ties go to the lower number; `key_of` gives the policy's own. Refused
  /// demands (more than the partition has, counting nodes that are down) are the caller's to find: `ever_fits`.
  void arrive(JobNumber job, std::int64_t key, const Demand& demand, Duration wall);

  /// The same for what a Demand cannot say. The alternative that starts earliest is taken, of equals the first; those
  /// that never fit may be among them. The job does not start before `not_before`: until then it has a promise under
  /// `conservative`, and stands in no line under the others.
  ///
  /// Requests of several demands are placed one demand after another. So no room is ever given twice and no promise is
  /// delayed; but in rare packings, where another order would fit, such a job starts later than it could.
  void arrive(JobNumber job, std::int64_t key, std::vector<Request> alternatives, Duration wall,
              Instant not_before = Instant{0});

  /// What jobs ask, by number, from 0: for those who have many that ask for the same.
  [[nodiscard]] std::int32_t shape_of(std::vector<Request> alternatives);
  /// One of the jobs that ask for that.
  void arrive_as(JobNumber job, std::int64_t key, std::int32_t shape, Duration wall, Instant not_before = Instant{0},
                 std::int32_t tag = 0);
  /// So many will come: a hint.
  void reserve(std::size_t jobs);

  /// No node of this kind may be used over these times: it is reserved. Before anything runs or waits; a job that
  /// overruns into them holds nothing there.
  void close(std::int32_t kind, const Closed& times);
  /// The waiting job ran before and was interrupted. Under `aged`: while it is first in line and lacks at most 1/16 of
  /// its whole nodes (at least one), nothing else starts. A gang that lost one node of 512 would otherwise see the rest
  /// go to others for as long as its promise, which counts by wall limits, is away; but nodes come free early. While
  /// the partition is full, every gang of 16 nodes and more is waited for in this way.
  void restarts(JobNumber job);

  /// The job runs already, and ends by then; if that is past, it is expected to end at the next millisecond. Its nodes
  /// may be unavailable, or hold more than they have.
  void running(JobNumber job, const std::vector<Taken>& takes, Instant ends_by);

  /// A waiting job has another place in the line now.
  void rekey(JobNumber job, std::int64_t key);

  void leave(JobNumber job);  ///< it no longer waits, and did not start
  void end(JobNumber job, Instant now);
  /// What runs there goes on until `end`.
  void set_available(std::int32_t node, bool available, Instant now);

  [[nodiscard]] bool ever_fits(const Demand& demand) const;
  [[nodiscard]] bool ever_fits(const Request& request) const;

  /// What starts now, in the order in which it was chosen; it counts as running from here on. To be asked whenever
  /// something has happened, and at `next_due`: under `conservative`, what is promised for an instant at which nobody
  /// asks has lost its promise, and all are promised anew.
  [[nodiscard]] std::vector<LineStart> step(Instant now);

  /// When time alone lets something start, or stand in line: the earliest promise or `not_before`, or when nodes open
  /// that were closed.
  [[nodiscard]] std::optional<Instant> next_due() const;

  /// The promised start that the last step() gave, under `conservative` to each job, under `easy` to the first.
  [[nodiscard]] std::optional<Instant> promise(JobNumber job) const;

  /// From now on moved() says whom the last step() promised another start, or took the promise from. It may name one
  /// twice, or one whose promise is the same again. Under `conservative`.
  void tell_moved();
  [[nodiscard]] std::span<const JobNumber> moved() const;

  [[nodiscard]] Instant end_of(JobNumber job) const;  ///< that runs: when it is expected to end
  /// When the next of what runs is expected to end.
  [[nodiscard]] std::optional<Instant> next_end();

  [[nodiscard]] Instant now() const;  ///< of the newest thing that it heard of

  /// How full the partition has been, and how long its line, by what step() saw.
  [[nodiscard]] Pressure pressure() const;

  /// Whom nobody may delay: who holds the one promise of the last step(), or else the first in line.
  [[nodiscard]] std::optional<JobNumber> head() const;
  /// The first in line.
  [[nodiscard]] std::optional<JobNumber> first() const;
  [[nodiscard]] std::int64_t key_of(JobNumber job) const;  ///< that waits
  [[nodiscard]] bool waits(JobNumber job) const;
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t running() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> in_;
};

}  // namespace mingyue::sched
