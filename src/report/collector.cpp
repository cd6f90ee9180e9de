#include "report/collector.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/invariant.hpp"
#include "base/text.hpp"

namespace mingyue::report {
namespace {

/// The bound under which a run counts as this long for its slowdown.
constexpr std::int64_t run_ms_min = 10'000;
constexpr std::int64_t millionths = 1'000'000;

/// Bounded slowdown - 1, in millionths, rounded down. Kept without its 1, so that a job that did not wait is exact.
std::int64_t slowdown_excess(Duration wait, Duration run) {
  const std::int64_t bounded = std::max(run.raw(), run_ms_min);
  const std::int64_t beyond = wait.raw() + run.raw() - bounded;
  if (beyond <= 0) return 0;
  // Division of 64 bits is ten times as fast; waits of up to 290 years have room in it.
  constexpr std::int64_t room = std::numeric_limits<std::int64_t>::max() / millionths;
  if (beyond <= room) return beyond * millionths / bounded;
  return static_cast<std::int64_t>(static_cast<Int128>(beyond) * millionths / bounded);
}

double slowdown_of(std::int64_t excess) {
  return static_cast<double>(excess + millionths) / static_cast<double>(millionths);
}

std::int64_t work_of(const LargeJob& job) { return job.size * (job.ended_at - job.started_at).raw(); }

/// The largest first; ties end at the id.
bool larger(const LargeJob& a, const LargeJob& b) {
  return std::tuple(-work_of(a), a.job) < std::tuple(-work_of(b), b.job);
}

SizeWaits size_waits(std::int64_t size_min, std::int64_t size_max, const Sketch& wait, const Sketch& slowdown) {
  const auto wait_at = [&](std::int64_t permille) { return Duration(wait.quantile(permille)); };
  const auto slowdown_at = [&](std::int64_t permille) { return slowdown_of(slowdown.quantile(permille)); };
  SizeWaits row{.size_min = size_min, .size_max = size_max};
  row.jobs_started = wait.count();
  row.wait = {.mean = Duration(wait.mean_floor()),
              .p25 = wait_at(250),
              .median = wait_at(500),
              .p75 = wait_at(750),
              .p95 = wait_at(950),
              .p99 = wait_at(990),
              .longest = Duration(wait.largest())};
  row.jobs_ended = slowdown.count();
  if (slowdown.count() > 0)
    row.bounded_slowdown = {.mean = slowdown_of(slowdown.mean_floor()),
                            .p25 = slowdown_at(250),
                            .median = slowdown_at(500),
                            .p75 = slowdown_at(750),
                            .p95 = slowdown_at(950),
                            .p99 = slowdown_at(990),
                            .largest = slowdown_of(slowdown.largest())};
  return row;
}

/// The last of each range of sizes; 0: no bound. Collector::size_class sorts by the same.
constexpr std::array<std::int64_t, 6> size_max{1, 8, 64, 256, 1024, 0};

void add_up(KeepAlive& sum, const KeepAlive& one) {
  sum.jobs += one.jobs;
  sum.interruptions += one.interruptions;
  sum.running += one.running;
  sum.resource_ms += one.resource_ms;
}

void finish_ratios(KeepAlive& row) {
  const KeepAliveTimes& times = row.resource_ms;
  row.effective = share(times.productive, times.holding());
  row.effective_with_waiting = share(times.productive, times.holding() + times.waiting);
  if (row.interruptions > 0) row.mean_time_to_failure = Duration(row.running.raw() / row.interruptions);
}

}  // namespace

Collector::Collector(CollectorSetup setup)
    : setup_(std::move(setup)), from_(setup_.header.from), to_(setup_.header.to), grid_{.from = from_}, queue_(grid_) {
  INVARIANT(from_ < to_, "the window ends at {} and begins at {}", to_.raw(), from_.raw());
  INVARIANT(setup_.bounds.bins_max >= 2, "at most {} bins", setup_.bounds.bins_max);
  room_until_ = grid_.start(setup_.bounds.bins_max);
  for (const PoolSetup& pool : setup_.pools) {
    INVARIANT(pool.count >= 0, "partition {} has {} {}", pool.pool.partition, pool.count, pool.pool.card_type);
    pools_.emplace_back(grid_);
  }
  if (to_ < never) make_room(to_);

  nodes_.resize(setup_.nodes.size());
  in_sample_.resize(setup_.nodes.size());
  const std::size_t sample = std::min(setup_.bounds.gantt_nodes_max, setup_.nodes.size());
  for (std::size_t i = 0; i < sample; ++i) {
    const std::size_t node = i * setup_.nodes.size() / sample;
    in_sample_[node] = 1;
    gantt_.nodes.push_back(setup_.nodes[node].name);
  }
  const Instant half_way = to_ < never ? from_ + Duration((to_ - from_).raw() / 2) : from_;
  gantt_.from = setup_.gantt_from.value_or(half_way);
  gantt_.to = gantt_.from + setup_.gantt_span;
}

void Collector::make_room(Instant at) {
  while (room_until_ < at) {
    const int factor = grid_.next_factor();
    grid_.bin = grid_.bin * factor;
    for (auto& pool : pools_) pool.coarsen(factor);
    queue_.coarsen(factor);
    room_until_ = grid_.start(setup_.bounds.bins_max);
  }
}

void Collector::job_ended(const JobEnd& end) {
  if (!counts(end.submitted_at)) return;
  ++outcomes_[end.state];
  if (!end.started_at) return;
  const Duration wait = *end.started_at - end.submitted_at;
  const Duration run = end.ended_at - *end.started_at;
  sizes_[size_class(end.size)].slowdown.add(slowdown_excess(wait, run));
  keep_if_large(end);
}

void Collector::job_lived(const JobLife& life) {
  if (!counts(life.submitted_at)) return;
  KeepAlive& kept = sizes_[size_class(life.size)].kept;
  ++kept.jobs;
  kept.interruptions += life.interruptions;
  kept.running += life.productive + life.slowed + life.lost_work + life.checkpoint;
  kept.resource_ms += {.productive = held(life.size, life.productive),
                       .slowed = held(life.size, life.slowed),
                       .lost_work = held(life.size, life.lost_work),
                       .detection = held(life.size, life.detection),
                       .restart = held(life.size, life.restart),
                       .checkpoint = held(life.size, life.checkpoint),
                       .waiting = held(life.size, life.waiting)};
}

void Collector::keep_if_large(const JobEnd& end) {
  const LargeJob job{.job = end.job,
                     .size = end.size,
                     .submitted_at = end.submitted_at,
                     .started_at = *end.started_at,
                     .ended_at = end.ended_at,
                     .state = end.state};
  // A heap with the smallest of the largest on top: most jobs are turned away by one comparison.
  std::vector<LargeJob>& heap = gantt_.largest;
  if (heap.size() < setup_.bounds.largest_max) {
    heap.push_back(job);
    std::ranges::push_heap(heap, larger);
  } else if (!heap.empty() && larger(job, heap.front())) {
    std::ranges::pop_heap(heap, larger);
    heap.back() = job;
    std::ranges::push_heap(heap, larger);
  }
}

void Collector::jobs_left(model::JobState state, std::int64_t jobs) {
  if (jobs > 0) outcomes_[state] += jobs;
}

void Collector::queue(Instant at, std::int64_t jobs, std::int64_t size) {
  const Instant clipped = clip(at);
  INVARIANT(queue_.last() <= clipped, "the queue's time goes back from {} to {}", queue_.last().raw(), clipped.raw());
  make_room(clipped);
  queue_.set(grid_, clipped, {jobs, size});
  has_queue_ = true;
  if (from_ <= at && at < to_) queue_max_ = std::max(queue_max_, jobs);
}

void Collector::classes(Instant at, PoolIndex pool, const ClassCounts& counts) {
  auto& levels = pools_[pool.raw()];
  const Instant clipped = clip(at);
  INVARIANT(levels.last() <= clipped, "pool {}: time goes back from {} to {}", pool.raw(), levels.last().raw(),
            clipped.raw());
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) sum += count;
  INVARIANT(sum == setup_.pools[pool.raw()].count, "pool {}: classes count {}, of {}", pool.raw(), sum,
            setup_.pools[pool.raw()].count);
  ++class_checks_;
  make_room(clipped);
  levels.set(grid_, clipped, counts);
}

void Collector::interval(PoolIndex pool, UseClass use, std::int64_t count, Instant from, Instant to) {
  make_room(clip(to));
  pools_[pool.raw()].add(grid_, place(use), count, clip(from), clip(to));
}

void Collector::reclassify(PoolIndex pool, std::int64_t count, Instant from, Instant to, UseClass was, UseClass is) {
  interval(pool, was, -count, from, to);
  interval(pool, is, count, from, to);
}

void Collector::node_use(model::NodeId node, UseClass use, std::int64_t count, Instant from, Instant to) {
  NodeTally& tally = nodes_[node.raw()];
  const std::int64_t time = count * std::max<std::int64_t>((clip(to) - clip(from)).raw(), 0);
  if (use <= UseClass::lost)
    tally.used += time;
  else if (use == UseClass::down)
    tally.down += time;
  else if (use == UseClass::drained)
    tally.drained += time;
}

void Collector::occupied(std::span<const model::NodeId> nodes, model::JobId job, std::int64_t size, UseClass kind,
                         Instant from, Instant to) {
  if (to <= gantt_.from || gantt_.to <= from) return;
  for (const model::NodeId node : nodes) {
    if (in_sample_[node.raw()] == 0) continue;
    if (bars_.size() >= setup_.bounds.gantt_bars_max) {
      ++gantt_.bars_omitted;
      continue;
    }
    bars_.emplace_back(node.raw(), GanttBar{.node = setup_.nodes[node.raw()].name,
                                            .job = job,
                                            .kind = kind,
                                            .size = size,
                                            .from = std::max(from, gantt_.from),
                                            .to = std::min(to, gantt_.to)});
  }
}

void Collector::incident(Incident incident, std::optional<model::NodeId> node) {
  if (incident.at < from_ || to_ <= incident.at) return;
  if (node) ++nodes_[node->raw()].faults;
  IncidentTally& tally = incident_kinds_[incident.kind];
  ++tally.incidents;
  tally.jobs += incident.jobs;
  tally.lost += incident.lost_resource_ms.raw();
  tally.restart_ms += incident.restart.raw();
  if (incidents_.size() < setup_.bounds.incidents_max)
    incidents_.push_back(std::move(incident));
  else
    ++incidents_omitted_;
}

void Collector::forecast(std::int32_t percent, bool kept) {
  CalibrationBin& bin = forecasts_[static_cast<std::size_t>(std::clamp(percent, 0, 100))];
  ++bin.forecasts;
  if (kept) ++bin.kept;
}

void Collector::law_checked(std::string_view law, std::string_view law_zh, std::int64_t checks) {
  auto at = laws_.find(law);
  if (at == laws_.end())
    at = laws_.emplace(law, LawCheck{.law = std::string(law), .law_zh = std::string(law_zh)}).first;
  at->second.checks += checks;
}

std::vector<PoolTotals> Collector::totals_of(Series& series) {
  std::vector<PoolTotals> all;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolSetup& pool = setup_.pools[i];
    PoolTotals totals{.pool = pool.pool, .count = pool.count};
    PoolSeries lines{.pool = pool.pool};
    totals.capacity_resource_ms = held(pool.count, to_ - from_);
    const auto bins = pools_[i].bins();
    for (std::int64_t bin = 0; bin < series.bins; ++bin) {
      const auto at = static_cast<std::size_t>(bin);
      ResourceTime in_bin;
      for (const UseClass use : use_classes) {
        const ResourceTime time(at < bins.size() ? bins[at][place(use)] : 0);
        INVARIANT(time.raw() >= 0, "{} {}: {} ms of {} in bin {}", pool.pool.partition, pool.pool.card_type, time.raw(),
                  enum_word(use), bin);
        lines.of(use).push_back(time);
        totals.resource_ms.of(use) += time;
        in_bin += time;
      }
      const Instant start = grid_.start(bin);
      const ResourceTime capacity = held(pool.count, std::min(grid_.start(bin + 1), to_) - start);
      INVARIANT(in_bin == capacity, "{} {}: the classes from {} on sum to {}, capacity × time is {}",
                pool.pool.partition, pool.pool.card_type, print_instant(start), in_bin.raw(), capacity.raw());
      ++class_checks_;
    }
    INVARIANT(totals.resource_ms.sum() == totals.capacity_resource_ms, "{} {}: the classes sum to {} of {}",
              pool.pool.partition, pool.pool.card_type, totals.resource_ms.sum().raw(),
              totals.capacity_resource_ms.raw());
    totals.use = share(totals.resource_ms.used(), totals.capacity_resource_ms);
    totals.goodput = share(totals.resource_ms.productive, totals.capacity_resource_ms);
    totals.idle_wanted = share(totals.resource_ms.idle_wanted(), totals.capacity_resource_ms);
    all.push_back(std::move(totals));
    series.pools.push_back(std::move(lines));
  }
  return all;
}

KeepAlives Collector::keep_alives() const {
  KeepAlives all;
  std::int64_t size_min = 1;
  for (std::size_t i = 0; i < size_classes; ++i) {
    KeepAlive row = sizes_[i].kept;
    add_up(all.overall, row);
    row.size_min = size_min;
    row.size_max = size_max[i];
    finish_ratios(row);
    all.by_size.push_back(row);
    size_min = size_max[i] + 1;
  }
  finish_ratios(all.overall);
  return all;
}

Waits Collector::waits() const {
  Waits waits;
  Sketch wait;
  Sketch slowdown;
  std::int64_t size_min = 1;
  for (std::size_t i = 0; i < size_classes; ++i) {
    waits.by_size.push_back(size_waits(size_min, size_max[i], sizes_[i].wait, sizes_[i].slowdown));
    wait.merge(sizes_[i].wait);
    slowdown.merge(sizes_[i].slowdown);
    size_min = size_max[i] + 1;
  }
  waits.overall = size_waits(1, 0, wait, slowdown);
  return waits;
}

std::vector<NodeUse> Collector::node_rows() const {
  std::vector<NodeUse> rows;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const NodeSetup& node = setup_.nodes[i];
    const NodeTally& tally = nodes_[i];
    const ResourceTime capacity = held(node.count, to_ - from_);
    INVARIANT(tally.used + tally.down + tally.drained <= capacity.raw(),
              "node {}: {} ms used, {} down and {} drained, of {}", node.name, tally.used, tally.down, tally.drained,
              capacity.raw());
    rows.push_back({.node = node.name,
                    .partition = node.partition,
                    .group = node.group,
                    .count = node.count,
                    .used_resource_ms = ResourceTime(tally.used),
                    .down_resource_ms = ResourceTime(tally.down),
                    .drained_resource_ms = ResourceTime(tally.drained),
                    .use = share(ResourceTime(tally.used), capacity),
                    .down = share(ResourceTime(tally.down), capacity),
                    .faults = tally.faults});
  }
  return rows;
}

RunReport Collector::finish(Instant at) {
  INVARIANT(from_ < at, "the run ends at {}, before its window begins", at.raw());
  // A window that ends early: nothing told so far may be later.
  const Instant end = std::min(at, to_);
  for (const auto& pool : pools_)
    INVARIANT(pool.last() <= end, "the run ends at {}, after news of {}", end.raw(), pool.last().raw());
  make_room(end);
  to_ = end;
  setup_.header.to = to_;
  for (auto& pool : pools_) pool.advance(grid_, to_);
  queue_.advance(grid_, to_);

  RunReport report;
  report.header = setup_.header;
  report.series.bin = grid_.bin;
  report.series.bins = ((to_ - from_).raw() + grid_.bin.raw() - 1) / grid_.bin.raw();
  report.totals = totals_of(report.series);
  if (has_queue_) {
    QueueSeries& queue = report.series.queue.emplace();
    queue.jobs_max = queue_max_;
    for (const auto& bin : queue_.bins()) {
      queue.job_ms.push_back(bin[0]);
      queue.size_ms.push_back(bin[1]);
    }
  }
  report.waits = waits();
  report.keep_alive = keep_alives();
  for (const auto& [state, jobs] : outcomes_) report.outcomes.push_back({.state = state, .jobs = jobs});

  for (const auto& [kind, tally] : incident_kinds_)
    report.incident_totals.push_back({.kind = kind,
                                      .incidents = tally.incidents,
                                      .jobs = tally.jobs,
                                      .lost_resource_ms = ResourceTime(tally.lost),
                                      .restart_mean = Duration(tally.restart_ms / tally.incidents)});
  std::ranges::stable_sort(incidents_, {}, [](const Incident& i) { return std::tie(i.at, i.node); });
  report.incidents = std::move(incidents_);
  report.incidents_omitted = incidents_omitted_;
  for (std::int32_t percent = 0; percent <= 100; ++percent) {
    CalibrationBin& bin = forecasts_[static_cast<std::size_t>(percent)];
    bin.percent = percent;
    if (bin.forecasts > 0) report.calibration.push_back(bin);
  }
  report.nodes = node_rows();

  gantt_.to = std::max(std::min(gantt_.to, to_), gantt_.from);
  std::ranges::stable_sort(bars_, {}, [](const auto& bar) { return std::tuple(bar.first, bar.second.from); });
  for (auto& [node, bar] : bars_) gantt_.bars.push_back(std::move(bar));
  std::ranges::sort(gantt_.largest, larger);
  report.gantt = std::move(gantt_);

  law_checked("the classes of each pool sum to capacity × time", "每个资源池的各类之和等于容量 × 时间", class_checks_);
  for (const auto& [law, check] : laws_) report.laws.push_back(check);
  return report;
}

}  // namespace mingyue::report
