#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.hpp"
#include "report/run_report.hpp"
#include "report/sketch.hpp"
#include "report/time_bins.hpp"

namespace mingyue::report {

/// The place of a pool in the setup's list, from 0.
using PoolIndex = Id<struct PoolIndexTag, std::uint32_t>;

/// How many cores or cards of a pool are in each class, by UseClass - 1 (as ledger::PoolSum has them).
using ClassCounts = std::array<std::int64_t, ledger::node_class_count>;
[[nodiscard]] constexpr std::size_t place(UseClass use) { return static_cast<std::size_t>(use) - 1; }

struct PoolSetup {
  Pool pool;
  std::int64_t count = 0;  ///< cores or cards; the same for the whole run
};

/// Given in the order of the centre's nodes: a node's model::NodeId is its place.
struct NodeSetup {
  std::string name;
  std::string partition;
  std::string group;       ///< rack or switch; empty: unknown
  std::int64_t count = 0;  ///< cards, or cores where it has none
};

/// What a report may cost, however long the run.
struct Bounds {
  int bins_max = 2000;
  std::size_t incidents_max = 10'000;
  std::size_t gantt_nodes_max = 24;  ///< spread evenly over the centre
  std::size_t gantt_bars_max = 4'000;
  std::size_t largest_max = 40;
};

struct CollectorSetup {
  Header header;  ///< `to` later than `from`; `never`: the window ends when the run does
  std::vector<PoolSetup> pools;
  std::vector<NodeSetup> nodes;  ///< may be empty: then there is no map of nodes and no Gantt chart
  Bounds bounds;
  std::optional<Instant> gantt_from;  ///< default: half-way through the window, at its start where that has no end
  Duration gantt_span = days(1);
};

/// How a job ended.
struct JobEnd {
  model::JobId job;
  std::int64_t size = 0;  ///< cards; cores, for a job without cards
  Instant submitted_at;
  std::optional<Instant> started_at;  ///< of its first attempt that ran; none: it never did
  Instant ended_at;
  model::JobState state = model::JobState::succeeded;
};

/// Where the time of a job went from its first start to its last end. Each millisecond is of one kind.
struct JobLife {
  std::int64_t size = 0;  ///< cards; cores, for a job without cards
  Instant submitted_at;
  std::int64_t interruptions = 0;
  Duration productive, slowed, lost_work, detection, restart, checkpoint, waiting;

  [[nodiscard]] Duration sum() const {
    return productive + slowed + lost_work + detection + restart + checkpoint + waiting;
  }
};

/// Measures a run while it happens. Its life:
///
///   1. construct it with what the centre is made of;
///   2. tell it what happens: calls cost nanoseconds, and memory stays within Bounds however long the run is;
///   3. finish() closes the window and gives the report.
///
/// What is outside the window is told as well and left out here: resource-time before `from` or after `to`, and jobs
/// that were submitted outside. So a run may warm up and drain, and its jobs are followed to their ends.
///
/// A pool's time comes by levels (classes) or by intervals (interval, reclassify), or by both as long as they add up:
/// finish() checks that the classes of each pool sum to capacity × time, to the millisecond. The same calls in the same
/// order give the same report.
class Collector {
 public:
  explicit Collector(CollectorSetup setup);

  // ---- jobs ----
  /// Its first attempt begins to run.
  void job_started(std::int64_t size, Instant submitted_at, Instant started_at) {
    if (!counts(submitted_at)) return;
    sizes_[size_class(size)].wait.add((started_at - submitted_at).raw());
  }
  void job_ended(const JobEnd& end);
  /// When a job has ended, or the run is over: of one that started.
  void job_lived(const JobLife& life);
  /// When the run is over: jobs that are still queued, running or held.
  void jobs_left(model::JobState state, std::int64_t jobs);
  /// How many jobs wait from now on, and for how many cards (cores) together. Times never go backwards.
  void queue(Instant at, std::int64_t jobs, std::int64_t size);

  // ---- resource-time ----
  /// From now on a pool is divided so; first told at the window's beginning, or before. The counts sum to the pool's,
  /// and times of one pool never go backwards.
  void classes(Instant at, PoolIndex pool, const ClassCounts& counts);
  /// `count` of a pool were in a class for an interval (a ledger::UsageRow).
  void interval(PoolIndex pool, UseClass use, std::int64_t count, Instant from, Instant to);
  /// What was told as `was` turned out to be `is`: productive work of an attempt that a fault threw away.
  void reclassify(PoolIndex pool, std::int64_t count, Instant from, Instant to, UseClass was, UseClass is);

  // ---- nodes ----
  /// `count` of a node's cards (or cores) were in a class. Idle need not be told.
  void node_use(model::NodeId node, UseClass use, std::int64_t count, Instant from, Instant to);
  /// What these nodes did for a while: kept for the nodes of the Gantt sample.
  void occupied(std::span<const model::NodeId> nodes, model::JobId job, std::int64_t size, UseClass kind, Instant from,
                Instant to);
  /// Told once, when all about it is known; in any order. A `node` that the centre has is charged with a fault.
  void incident(Incident incident, std::optional<model::NodeId> node);

  // ---- what was checked ----
  /// A start was forecast with a chance of `percent` (0 to 100), and came in time or not.
  void forecast(std::int32_t percent, bool kept);
  /// A sentence in both languages; counted by the English one.
  void law_checked(std::string_view law, std::string_view law_zh, std::int64_t checks = 1);

  /// Closes the window at `at`, or at the header's `to` if that is earlier. No call follows.
  [[nodiscard]] RunReport finish(Instant at);

 private:
  static constexpr std::size_t size_classes = 6;
  struct SizeTally {
    Sketch wait;      ///< ms
    Sketch slowdown;  ///< bounded slowdown - 1, in millionths
    KeepAlive kept;
  };
  struct NodeTally {
    std::int64_t used = 0;
    std::int64_t down = 0;
    std::int64_t drained = 0;
    std::int64_t faults = 0;
  };
  struct IncidentTally {
    std::int64_t incidents = 0;
    std::int64_t jobs = 0;
    std::int64_t lost = 0;
    std::int64_t restart_ms = 0;
  };

  static std::size_t size_class(std::int64_t size) {
    return size <= 1 ? 0 : size <= 8 ? 1 : size <= 64 ? 2 : size <= 256 ? 3 : size <= 1024 ? 4 : 5;
  }
  [[nodiscard]] bool counts(Instant submitted_at) const { return from_ <= submitted_at && submitted_at < to_; }
  [[nodiscard]] Instant clip(Instant t) const { return std::clamp(t, from_, to_); }
  void make_room(Instant at);
  void keep_if_large(const JobEnd& end);
  [[nodiscard]] std::vector<PoolTotals> totals_of(Series& series);
  [[nodiscard]] Waits waits() const;
  [[nodiscard]] KeepAlives keep_alives() const;
  [[nodiscard]] std::vector<NodeUse> node_rows() const;

  CollectorSetup setup_;
  Instant from_;
  Instant to_;  ///< of the window
  TimeGrid grid_;
  Instant room_until_;  ///< the bins that there may be end here
  std::vector<BinnedLevels<ledger::node_class_count>> pools_;
  BinnedLevels<2> queue_;
  bool has_queue_ = false;
  std::int64_t queue_max_ = 0;
  std::array<SizeTally, size_classes> sizes_;
  std::map<model::JobState, std::int64_t> outcomes_;
  std::vector<NodeTally> nodes_;
  std::vector<std::uint8_t> in_sample_;  ///< by node: 1 when it is of the Gantt sample
  Gantt gantt_;
  std::vector<std::pair<std::uint32_t, GanttBar>> bars_;  ///< with their nodes
  std::vector<Incident> incidents_;
  std::map<std::string, IncidentTally> incident_kinds_;
  std::int64_t incidents_omitted_ = 0;
  std::array<CalibrationBin, 101> forecasts_{};
  std::map<std::string, LawCheck, std::less<>> laws_;
  std::int64_t class_checks_ = 0;
};

}  // namespace mingyue::report
