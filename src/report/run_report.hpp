#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "ledger/rows.hpp"
#include "model/ids.hpp"
#include "model/job.hpp"

/// What one run of a centre on a trace of jobs measured: plain values, written by report/write.hpp, filled by
/// report/collector.hpp. docs/formats/report.md describes each field as it stands in JSON and CSV.
///
/// Every quantity of resource-time is exact, in whole core- or card-milliseconds, and for each pool the nine classes
/// sum to capacity × time. Floating point appears only in shares, slowdowns and the offered load, which are for people.
namespace mingyue::report {

using ledger::UseClass;

/// Where a pool's time went. One member for each class of the ledger (DESIGN section 6).
struct ClassTimes {
  ResourceTime productive;
  ResourceTime checkpoint;
  ResourceTime start;
  ResourceTime lost;
  ResourceTime promised;
  ResourceTime stranded;
  ResourceTime unwanted;
  ResourceTime down;
  ResourceTime drained;

  [[nodiscard]] ResourceTime& of(UseClass use);
  [[nodiscard]] ResourceTime of(UseClass use) const;
  [[nodiscard]] ResourceTime sum() const;
  [[nodiscard]] ResourceTime used() const { return productive + checkpoint + start + lost; }
  /// Idle although something waits.
  [[nodiscard]] ResourceTime idle_wanted() const { return promised + stranded; }
  friend bool operator==(const ClassTimes&, const ClassTimes&) = default;
};
DESCRIBE(ClassTimes, productive, checkpoint, start, lost, promised, stranded, unwanted, down, drained)

/// All classes, in the order in which they are stacked and listed: used, idle, unavailable.
inline constexpr std::array<UseClass, ledger::node_class_count> use_classes{
    UseClass::productive, UseClass::checkpoint, UseClass::start, UseClass::lost,   UseClass::promised,
    UseClass::stranded,   UseClass::unwanted,   UseClass::down,  UseClass::drained};

/// The cards of one type, or the cores, of one partition.
struct Pool {
  std::string partition;
  std::string card_type;  ///< empty: cores
  friend auto operator<=>(const Pool&, const Pool&) = default;
};
DESCRIBE(Pool, partition, card_type)

/// What ran: the same trace, seed and policy give the same report, to the byte.
struct Header {
  std::int32_t format = 1;  ///< of this document
  bool simulated = true;    ///< nothing here ran on a machine
  std::string centre;
  std::string trace;
  std::string policy;
  std::string faults;      ///< the plan of faults; empty: none
  std::string checkpoint;  ///< the rule by which jobs save their work
  std::uint64_t seed = 0;
  std::string version;
  Instant from;                        ///< the window, in simulated time: resource-time counts inside it,
  Instant to;                          ///< and jobs count that are submitted inside it
  std::optional<double> offered_load;  ///< resource-time that the trace asks for, over capacity × time
};
DESCRIBE(Header, format, simulated, centre, trace, policy, faults, checkpoint, seed, version, from, to, offered_load)

struct PoolTotals {
  Pool pool;
  std::int64_t count = 0;             ///< cores or cards
  ResourceTime capacity_resource_ms;  ///< count × (to - from)
  ClassTimes resource_ms;             ///< sums to the capacity
  double use = 0;                     ///< used / capacity
  double goodput = 0;                 ///< productive / capacity
  double idle_wanted = 0;             ///< (promised + stranded) / capacity: idle while work waits
};
DESCRIBE(PoolTotals, pool, count, capacity_resource_ms, resource_ms, use, goodput, idle_wanted)

/// One number for each bin; the last bin may be shorter.
struct PoolSeries {
  Pool pool;
  std::vector<ResourceTime> productive;
  std::vector<ResourceTime> checkpoint;
  std::vector<ResourceTime> start;
  std::vector<ResourceTime> lost;
  std::vector<ResourceTime> promised;
  std::vector<ResourceTime> stranded;
  std::vector<ResourceTime> unwanted;
  std::vector<ResourceTime> down;
  std::vector<ResourceTime> drained;

  [[nodiscard]] std::vector<ResourceTime>& of(UseClass use);
  [[nodiscard]] const std::vector<ResourceTime>& of(UseClass use) const;
};
DESCRIBE(PoolSeries, pool, productive, checkpoint, start, lost, promised, stranded, unwanted, down, drained)

/// The queue, integrated over each bin: divided by the bin's length it is the mean.
struct QueueSeries {
  std::vector<std::int64_t> job_ms;
  std::vector<std::int64_t> size_ms;  ///< what the waiting jobs ask for together, in cards or cores
  std::int64_t jobs_max = 0;          ///< the longest queue at any instant
};
DESCRIBE(QueueSeries, job_ms, size_ms, jobs_max)

struct Series {
  Duration bin;
  std::int64_t bins = 0;
  std::vector<PoolSeries> pools;  ///< in the order of the totals
  std::optional<QueueSeries> queue;
};
DESCRIBE(Series, bin, bins, pools, queue)

/// From submission to the first start. The mean is exact (rounded down to a millisecond), so is the longest; quantiles
/// are within 0.4 % (report/sketch.hpp).
struct WaitTimes {
  Duration mean;
  Duration p25;
  Duration median;
  Duration p75;
  Duration p95;
  Duration p99;
  Duration longest;
};
DESCRIBE(WaitTimes, mean, p25, median, p75, p95, p99, longest)

/// Bounded slowdown of a job that ran: max(1, (wait + run) / max(run, 10 s)). Each is rounded down to a millionth, the
/// mean of these is exact; quantiles are within 0.4 % of what exceeds 1.
struct Slowdowns {
  double mean = 0;
  double p25 = 0;
  double median = 0;
  double p75 = 0;
  double p95 = 0;
  double p99 = 0;
  double largest = 0;
};
DESCRIBE(Slowdowns, mean, p25, median, p75, p95, p99, largest)

/// Jobs of one range of sizes, in cards (or cores, for a job without cards).
struct SizeWaits {
  std::int64_t size_min = 1;
  std::int64_t size_max = 0;  ///< 0: no bound
  std::int64_t jobs_started = 0;
  WaitTimes wait;
  std::int64_t jobs_ended = 0;  ///< that had started
  Slowdowns bounded_slowdown;
};
DESCRIBE(SizeWaits, size_min, size_max, jobs_started, wait, jobs_ended, bounded_slowdown)

struct Waits {
  SizeWaits overall;
  std::vector<SizeWaits> by_size;  ///< 1, 2–8, 9–64, 65–256, 257–1,024, more
};
DESCRIBE(Waits, overall, by_size)

/// Where the time of jobs went from their first start to their last end. All but `waiting` is time in which they held
/// their cards.
struct KeepAliveTimes {
  ResourceTime productive;  ///< work, once: what had to be done again is in lost_work
  ResourceTime slowed;      ///< what stragglers made it take longer
  ResourceTime lost_work;   ///< from the last checkpoint to the fault
  ResourceTime detection;   ///< from the fault until the centre knew
  ResourceTime restart;     ///< from the grant until it computed
  ResourceTime checkpoint;  ///< writing
  ResourceTime waiting;     ///< for nodes, after an interruption

  [[nodiscard]] ResourceTime holding() const {
    return productive + slowed + lost_work + detection + restart + checkpoint;
  }
  KeepAliveTimes& operator+=(const KeepAliveTimes& other);
};
DESCRIBE(KeepAliveTimes, productive, slowed, lost_work, detection, restart, checkpoint, waiting)

/// How well jobs of one range of sizes were kept alive. A job that still runs counts as far as it got.
struct KeepAlive {
  std::int64_t size_min = 1;
  std::int64_t size_max = 0;  ///< 0: no bound
  std::int64_t jobs = 0;      ///< that started
  std::int64_t interruptions = 0;
  Duration running;               ///< of all jobs together, whatever their size, from starts to faults or ends
  Duration mean_time_to_failure;  ///< running / interruptions; 0: there were none
  KeepAliveTimes resource_ms;
  double effective = 0;               ///< productive / holding: the effective training-time ratio
  double effective_with_waiting = 0;  ///< productive / (holding + waiting)
};
DESCRIBE(KeepAlive, size_min, size_max, jobs, interruptions, running, mean_time_to_failure, resource_ms, effective,
         effective_with_waiting)

struct KeepAlives {
  KeepAlive overall;
  std::vector<KeepAlive> by_size;  ///< as Waits has them
};
DESCRIBE(KeepAlives, overall, by_size)

/// Jobs by what became of them. The states that are no end count the jobs that the run left behind.
struct OutcomeCount {
  model::JobState state = model::JobState::succeeded;
  std::int64_t jobs = 0;
};
DESCRIBE(OutcomeCount, state, jobs)

struct Incident {
  Instant at;
  std::string node;
  std::string kind;               ///< `node-lost`, `card-fault`
  std::optional<Instant> until;   ///< when the node took work again; none: not within the run
  std::int64_t jobs = 0;          ///< that it interrupted
  ResourceTime lost_resource_ms;  ///< work that it threw away
  Duration restart;               ///< until the last of the interrupted jobs ran again
};
DESCRIBE(Incident, at, node, kind, until, jobs, lost_resource_ms, restart)

struct IncidentTotals {
  std::string kind;
  std::int64_t incidents = 0;
  std::int64_t jobs = 0;
  ResourceTime lost_resource_ms;
  Duration restart_mean;
};
DESCRIBE(IncidentTotals, kind, incidents, jobs, lost_resource_ms, restart_mean)

struct NodeUse {
  std::string node;
  std::string partition;
  std::string group;       ///< rack or switch
  std::int64_t count = 0;  ///< cards, or cores
  ResourceTime used_resource_ms;
  ResourceTime down_resource_ms;
  ResourceTime drained_resource_ms;
  double use = 0;  ///< used / (count × window)
  double down = 0;
  std::int64_t faults = 0;  ///< incidents of this node
};
DESCRIBE(NodeUse, node, partition, group, count, used_resource_ms, down_resource_ms, drained_resource_ms, use, down,
         faults)

/// What a node of the sample did for a while.
struct GanttBar {
  std::string node;
  model::JobId job;  ///< 0: no job
  UseClass kind = UseClass::productive;
  std::int64_t size = 0;  ///< of the whole job
  Instant from;
  Instant to;
};
DESCRIBE(GanttBar, node, job, kind, size, from, to)

struct LargeJob {
  model::JobId job;
  std::int64_t size = 0;
  Instant submitted_at;
  Instant started_at;
  Instant ended_at;
  model::JobState state = model::JobState::succeeded;
};
DESCRIBE(LargeJob, job, size, submitted_at, started_at, ended_at, state)

struct Gantt {
  Instant from;
  Instant to;
  std::vector<std::string> nodes;  ///< of the sample, in the order of the centre
  std::vector<GanttBar> bars;      ///< by node, then time
  std::int64_t bars_omitted = 0;   ///< beyond the collector's bound
  std::vector<LargeJob> largest;   ///< by resource-time, the largest first
};
DESCRIBE(Gantt, from, to, nodes, bars, bars_omitted, largest)

/// Of `forecasts` starts that were promised with a chance of `percent`, `kept` came in time. Honest forecasts have
/// kept / forecasts = percent.
struct CalibrationBin {
  std::int32_t percent = 0;
  std::int64_t forecasts = 0;
  std::int64_t kept = 0;
};
DESCRIBE(CalibrationBin, percent, forecasts, kept)

/// A sentence that was checked, and how often it held. One that does not hold ends the run.
struct LawCheck {
  std::string law;
  std::string law_zh;
  std::int64_t checks = 0;
};
DESCRIBE(LawCheck, law, law_zh, checks)

struct RunReport {
  Header header;
  std::vector<PoolTotals> totals;
  Waits waits;
  KeepAlives keep_alive;
  std::vector<OutcomeCount> outcomes;
  std::vector<IncidentTotals> incident_totals;  ///< by kind
  std::vector<Incident> incidents;              ///< by time, then node
  std::int64_t incidents_omitted = 0;           ///< beyond the collector's bound; they are in the totals
  std::vector<CalibrationBin> calibration;
  std::vector<LawCheck> laws;
  Series series;
  std::vector<NodeUse> nodes;
  Gantt gantt;
};
DESCRIBE(RunReport, header, totals, waits, keep_alive, outcomes, incident_totals, incidents, incidents_omitted,
         calibration, laws, series, nodes, gantt)

/// All pools of cards together, or all cores where there are no cards: the one line that people quote.
[[nodiscard]] PoolTotals whole_centre(const RunReport& report);

/// numerator / denominator; 0 where there is no denominator.
[[nodiscard]] double share(ResourceTime numerator, ResourceTime denominator);

}  // namespace mingyue::report
