#include <algorithm>

#include "twin/trace_world.hpp"

/// What the report is told of at the beginning, at the end of an attempt, and at the end.
namespace mingyue::twin {
namespace {

std::int64_t units_of(const model::Node& node) {
  return node.cards > CardCount{0} ? node.cards.raw() : node.cores.raw();
}

}  // namespace

report::CollectorSetup TraceWorld::setup() {
  const model::Centre& centre = options_.centre;
  report::CollectorSetup setup;
  setup.header.centre = centre.name;
  setup.header.trace = options_.trace_name;
  setup.header.policy = std::string(sched::print_backfill(options_.policy));
  if (options_.faults) setup.header.faults = options_.faults->name;
  setup.header.checkpoint = print_checkpoint(options_.checkpoint);
  setup.header.seed = options_.seed;
  setup.header.version = options_.version;
  setup.header.from = begin_;
  setup.header.to = options_.until > Duration{0} ? begin_ + options_.until : never;
  for (const model::Node& node : centre.nodes) {
    setup.nodes.push_back({node.name, node.partition, node.switch_name, units_of(node)});
    has_cards_ |= node.cards > CardCount{0};
  }
  // Of each partition its cards, by type; its cores where none of its nodes has a card.
  for (const model::Partition& partition : centre.partitions) {
    const bool cards = std::ranges::any_of(
        centre.nodes, [&](const auto& node) { return node.partition == partition.name && node.cards > CardCount{0}; });
    const std::size_t first = setup.pools.size();
    for (const model::Node& node : centre.nodes) {
      if (node.partition != partition.name || (cards && node.cards == CardCount{0})) continue;
      const auto it = std::find_if(setup.pools.begin() + static_cast<std::ptrdiff_t>(first), setup.pools.end(),
                                   [&](const auto& pool) { return pool.pool.card_type == node.card_type; });
      if (it == setup.pools.end())
        setup.pools.push_back({{partition.name, node.card_type}, units_of(node)});
      else
        it->count += units_of(node);
    }
  }
  for (const report::PoolSetup& pool : setup.pools) {
    pools_.push_back(pool.pool);
    if (pool.pool.card_type.empty() != has_cards_) capacity_ += pool.count;
  }
  return setup;
}

/// What an attempt did on each of its nodes. Cores of a node that has cards are not shown.
void TraceWorld::count_nodes(std::uint64_t job, const LiveJob& live, ledger::UseClass kind, Instant to) {
  std::int32_t tasks_left = live.tasks;
  std::vector<model::NodeId> ids;
  ids.reserve(live.nodes.size());
  for (const std::int32_t node : live.nodes) {
    const model::NodeId id{static_cast<std::uint32_t>(node)};
    const std::int32_t here = std::min(tasks_left, live.spot.tasks_a_node);
    tasks_left -= here;
    ids.push_back(id);
    const bool cards = options_.centre.nodes[id.raw()].cards > CardCount{0};
    const std::int64_t each = cards ? live.need.cards.raw() : live.need.cores.raw();
    if (each > 0) collector_.node_use(id, kind, here * each, live.granted_at, to);
  }
  collector_.occupied(ids, model::JobId{job}, live.size, kind, live.granted_at, to);
}

namespace {

void add(forecast::CalibrationCount& sum, const forecast::CalibrationCount& more) {
  sum.stated += more.stated;
  sum.settled += more.settled;
  sum.covered += more.covered;
  sum.early += more.early;
  sum.late += more.late;
  sum.withdrawn += more.withdrawn;
  sum.near += more.near;
}

std::vector<ForecastRow> forecast_rows(const std::vector<forecast::Forecaster>& forecasters) {
  using forecast::Calibration;
  std::vector<ForecastRow> rows;
  ForecastRow all;
  for (std::size_t i = 0; i < Calibration::classes; ++i) {
    ForecastRow row{.supposed_under = Calibration::class_end(i), .count = {}};
    for (const auto& forecaster : forecasters)
      add(row.count, forecaster.calibration().count(i, forecast::Asked::first));
    add(all.count, row.count);
    if (row.count.stated > 0) rows.push_back(row);
  }
  rows.push_back(all);
  return rows;
}

}  // namespace

TraceRun TraceWorld::finish(Instant stop) {
  const Instant end = std::max({state_.now, last_, begin_ + milliseconds(1)});
  // Jobs that still run count as far as they got.
  std::vector<std::uint64_t> running;
  for (const auto& [id, attempt] : state_.attempts) running.push_back(id.raw());
  for (const std::uint64_t job : running) {
    LiveJob& live = live_.at(job);
    if (live.computing) {
      live.clock.advance(live.still_from.value_or(end));
      if (options_.checkpoint.write > Duration{0} && live.clock.written() > live.told_written)
        tell_saved(job, live, end);
    }
    close_attempt(job, live, end, false);
    if (live.first_start) collector_.job_lived(live.life);
  }
  for (const auto& [id, job] : state_.jobs) {
    if (job.state != model::JobState::queued) continue;
    LiveJob& live = live_.at(id.raw());
    if (!live.first_start) continue;
    live.life.waiting += end - live.closed_at;
    collector_.job_lived(live.life);
  }
  for (const auto& [node, since] : down_since_) {
    collector_.node_use(model::NodeId{node}, ledger::UseClass::down, units_of(options_.centre.nodes[node]), since, end);
  }
  for (const ledger::UsageRow& row : ledger::open_rows(book_, end))
    use({row.partition, row.card_type}, row.use, row.count, row.from, row.to);
  core::check(state_);
  ledger::check(book_, state_);
  for (auto& [incident, node] : incidents_) {
    if (incident.until && *incident.until > end) incident.until.reset();
    collector_.incident(std::move(incident), node);
  }
  collector_.jobs_left(model::JobState::queued, static_cast<std::int64_t>(live_.size() - running.size()));
  collector_.jobs_left(model::JobState::running, static_cast<std::int64_t>(running.size()));
  collector_.law_checked("used + idle + unavailable = capacity × time", "已用 + 空闲 + 不可用 = 容量 × 时间",
                         static_cast<std::int64_t>(out_.events));
  collector_.law_checked("the core grants what the planner starts", "计划所启动者，核心皆予授权",
                         static_cast<std::int64_t>(out_.steps));
  collector_.law_checked("no backfill moves the promise of who stands first", "回填从不推迟队首作业的承诺时间",
                         promises_checked_);
  out_.report = collector_.finish(end);
  const auto window = std::min(stop, end) - begin_;
  if (window > Duration{0}) {
    out_.report.header.offered_load =
        static_cast<double>(offered_) / (static_cast<double>(capacity_) * static_cast<double>(window.raw()));
  }
  if (!forecasters_.empty()) out_.forecasts = forecast_rows(forecasters_);
  return std::move(out_);
}

}  // namespace mingyue::twin
