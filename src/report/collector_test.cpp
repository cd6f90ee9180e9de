#include "report/collector.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/invariant.hpp"
#include "base/prng.hpp"
#include "report/write.hpp"

namespace mingyue::report {
namespace {

constexpr Instant start{0};
constexpr PoolIndex only{0};

Instant at(Duration since_start) { return start + since_start; }

/// One pool of `count` cards, a window of `window` from the start on.
CollectorSetup a_setup(std::int64_t count, Duration window) {
  CollectorSetup setup;
  setup.header = {.centre = "test", .trace = "none", .policy = "none", .from = start, .to = start + window};
  setup.pools = {{.pool = {.partition = "main", .card_type = "a100"}, .count = count}};
  return setup;
}

ClassCounts counts(std::int64_t productive, std::int64_t unwanted) {
  ClassCounts counts{};
  counts[place(UseClass::productive)] = productive;
  counts[place(UseClass::unwanted)] = unwanted;
  return counts;
}

struct ThrowsOnBroken {
  ThrowsOnBroken() { throw_on_broken_invariant(true); }
  ~ThrowsOnBroken() { throw_on_broken_invariant(false); }
};

TEST(Collector, CountsEveryClassToTheMillisecond) {
  Collector collector(a_setup(8, hours(10)));
  collector.classes(start, only, counts(0, 8));
  collector.classes(at(hours(1) + milliseconds(1)), only, counts(6, 2));
  collector.classes(at(hours(9)), only, counts(1, 7));
  const RunReport report = collector.finish(at(hours(20)));
  const PoolTotals& totals = report.totals.at(0);
  EXPECT_EQ(totals.resource_ms.productive, held(6, hours(8) - milliseconds(1)) + held(1, hours(1)));
  EXPECT_EQ(totals.capacity_resource_ms, held(8, hours(10)));
  EXPECT_EQ(totals.resource_ms.sum(), totals.capacity_resource_ms);
  EXPECT_EQ(report.header.to, at(hours(10)));
}

TEST(Collector, WorkThatIsLostMovesOutOfProductiveWhereItWasDone) {
  Collector collector(a_setup(4, hours(4)));
  collector.classes(start, only, counts(4, 0));
  collector.reclassify(only, 4, at(minutes(30)), at(minutes(90)), UseClass::productive, UseClass::lost);
  const RunReport report = collector.finish(at(hours(4)));
  EXPECT_EQ(report.totals.at(0).resource_ms.lost, held(4, hours(1)));
  EXPECT_EQ(report.totals.at(0).resource_ms.productive, held(4, hours(3)));
  ResourceTime lost_in_first_hour;
  for (std::int64_t bin = 0; bin * report.series.bin.raw() < hours(1).raw(); ++bin)
    lost_in_first_hour += report.series.pools.at(0).lost.at(static_cast<std::size_t>(bin));
  EXPECT_EQ(lost_in_first_hour, held(4, minutes(30)));
}

TEST(Collector, LeavesOutWhatIsOutsideTheWindow) {
  CollectorSetup setup = a_setup(4, hours(2));
  setup.header.from = at(hours(1));
  Collector collector(std::move(setup));
  collector.classes(start, only, counts(4, 0));
  collector.job_started(4, start, start);
  collector.job_started(4, at(hours(1)), at(hours(3)));
  collector.job_started(4, at(hours(2)), at(hours(3)));
  collector.classes(at(hours(9)), only, counts(0, 4));
  const RunReport report = collector.finish(at(hours(9)));
  EXPECT_EQ(report.totals.at(0).resource_ms.productive, held(4, hours(1)));
  EXPECT_EQ(report.waits.overall.jobs_started, 1);
  EXPECT_EQ(report.waits.overall.wait.mean, hours(2));
}

TEST(Collector, KnowsWaitsAndSlowdownsBySize) {
  Collector collector(a_setup(2048, days(2)));
  const auto job = [&](std::int64_t size, Duration wait, Duration run) {
    collector.job_started(size, start, at(wait));
    collector.job_ended({.job = model::JobId(1),
                         .size = size,
                         .submitted_at = start,
                         .started_at = at(wait),
                         .ended_at = at(wait + run),
                         .state = model::JobState::succeeded});
  };
  collector.classes(start, only, counts(0, 2048));
  job(1, hours(0), hours(1));       // 1
  job(8, hours(1), hours(1));       // 2
  job(8, hours(3), hours(1));       // 4
  job(8, seconds(20), seconds(1));  // 21 s over the bound of 10 s: 2.1
  job(1025, hours(2), hours(4));    // 1.5
  const RunReport report = collector.finish(at(days(2)));
  const auto& by_size = report.waits.by_size;
  ASSERT_EQ(by_size.size(), 6U);
  EXPECT_EQ(by_size[0].bounded_slowdown.median, 1.0);
  EXPECT_EQ(by_size[1].jobs_ended, 3);
  EXPECT_DOUBLE_EQ(by_size[1].bounded_slowdown.mean, 2.7);
  EXPECT_DOUBLE_EQ(by_size[1].bounded_slowdown.largest, 4.0);
  EXPECT_EQ(by_size[1].wait.mean, Duration((hours(4) + seconds(20)).raw() / 3));
  EXPECT_EQ(by_size[5].wait.longest, hours(2));
  EXPECT_EQ(by_size[5].size_min, 1025);
  EXPECT_EQ(report.waits.overall.jobs_started, 5);
  EXPECT_EQ(report.gantt.largest.at(0).size, 1025);
}

TEST(Collector, WidensItsBinsAndChangesNoSum) {
  CollectorSetup setup = a_setup(16, hours(1));
  setup.header.to = never;  // the end is not known
  setup.bounds.bins_max = 100;
  Collector collector(std::move(setup));
  collector.classes(start, only, counts(0, 16));
  Prng prng(3);
  std::int64_t productive = 0;
  ResourceTime truth;
  Instant last = start;
  for (int i = 0; i < 20'000; ++i) {
    const Instant now = last + Duration(static_cast<std::int64_t>(prng.below(3'600'000)));
    truth += held(productive, now - last);
    productive = static_cast<std::int64_t>(prng.below(17));
    collector.classes(now, only, counts(productive, 16 - productive));
    collector.queue(now, productive, 2 * productive);
    last = now;
  }
  const RunReport report = collector.finish(last);
  EXPECT_EQ(report.totals.at(0).resource_ms.productive, truth);
  EXPECT_LE(report.series.bins, 100);
  EXPECT_GT(report.series.bins, 15);
  EXPECT_EQ(report.series.bin.raw() % days(1).raw(), 0);
  std::int64_t job_ms = 0;
  for (const std::int64_t bin : report.series.queue->job_ms) job_ms += bin;
  EXPECT_EQ(job_ms, truth.raw());
  EXPECT_EQ(report.series.queue->jobs_max, 16);
}

TEST(Collector, KnowsHowWellJobsWereKeptAliveBySize) {
  Collector collector(a_setup(2048, days(2)));
  collector.classes(start, only, counts(0, 2048));
  collector.job_lived({.size = 1024,
                       .submitted_at = start,
                       .interruptions = 2,
                       .productive = hours(18),
                       .lost_work = minutes(90),
                       .restart = minutes(30),
                       .waiting = hours(4)});
  collector.job_lived({.size = 1, .submitted_at = start, .productive = hours(3)});
  collector.job_lived({.size = 1, .submitted_at = at(days(3)), .productive = hours(3)});  // not of the window
  const KeepAlives kept = collector.finish(at(days(2))).keep_alive;
  ASSERT_EQ(kept.by_size.size(), 6U);
  const KeepAlive& large = kept.by_size[4];
  EXPECT_EQ(large.size_max, 1024);
  EXPECT_DOUBLE_EQ(large.effective, 0.9);
  EXPECT_DOUBLE_EQ(large.effective_with_waiting, 0.75);
  EXPECT_EQ(large.mean_time_to_failure, minutes(585));  // 19 h 30 min between two
  EXPECT_EQ(kept.by_size[0].effective, 1.0);
  EXPECT_EQ(kept.overall.jobs, 2);
  EXPECT_EQ(kept.overall.resource_ms.holding(), held(1024, hours(20)) + held(1, hours(3)));
}

TEST(Collector, TakesIntervalsAsWellAsLevels) {
  Collector collector(a_setup(10, hours(1)));
  collector.interval(only, UseClass::productive, 10, start, at(minutes(20)));
  collector.interval(only, UseClass::down, 10, at(minutes(20)), at(hours(2)));
  const RunReport report = collector.finish(at(hours(1)));
  EXPECT_EQ(report.totals.at(0).resource_ms.down, held(10, minutes(40)));
}

TEST(Collector, StopsWhenClassesDoNotSum) {
  const ThrowsOnBroken throws;
  Collector levels(a_setup(10, hours(1)));
  EXPECT_THROW(levels.classes(start, only, counts(5, 4)), std::logic_error);
  Collector intervals(a_setup(10, hours(1)));
  intervals.interval(only, UseClass::productive, 10, start, at(minutes(20)));
  EXPECT_THROW(static_cast<void>(intervals.finish(at(hours(1)))), std::logic_error);
  Collector backwards(a_setup(10, hours(1)));
  backwards.classes(at(minutes(2)), only, counts(5, 5));
  EXPECT_THROW(backwards.classes(at(minutes(1)), only, counts(5, 5)), std::logic_error);
  Collector moved(a_setup(10, hours(1)));
  moved.classes(start, only, counts(0, 10));
  moved.reclassify(only, 1, start, at(minutes(1)), UseClass::productive, UseClass::lost);
  EXPECT_THROW(static_cast<void>(moved.finish(at(hours(1)))), std::logic_error);
}

TEST(Collector, KeepsToItsBounds) {
  CollectorSetup setup = a_setup(10, days(1));
  setup.bounds = {.incidents_max = 5, .gantt_nodes_max = 2, .gantt_bars_max = 3, .largest_max = 4};
  setup.gantt_from = start;
  for (int i = 0; i < 10; ++i) setup.nodes.push_back({.name = "n" + std::to_string(i), .count = 1});
  Collector collector(std::move(setup));
  collector.classes(start, only, counts(10, 0));
  const std::vector<model::NodeId> nodes{model::NodeId(0), model::NodeId(1), model::NodeId(5)};
  for (int i = 0; i < 50; ++i) {
    collector.incident({.at = at(minutes(i)),
                        .node = "n1",
                        .kind = "node-lost",
                        .jobs = 1,
                        .lost_resource_ms = held(1, minutes(1)),
                        .restart = minutes(i)},
                       model::NodeId(1));
    collector.occupied(nodes, model::JobId(static_cast<std::uint64_t>(i)), 3, UseClass::productive, at(minutes(i)),
                       at(minutes(i + 1)));
    collector.job_ended({.job = model::JobId(static_cast<std::uint64_t>(i)),
                         .size = i,
                         .submitted_at = start,
                         .started_at = start,
                         .ended_at = at(hours(1))});
  }
  const RunReport report = collector.finish(at(days(1)));
  EXPECT_EQ(report.incidents.size(), 5U);
  EXPECT_EQ(report.incidents_omitted, 45);
  EXPECT_EQ(report.incident_totals.at(0).incidents, 50);
  EXPECT_EQ(report.incident_totals.at(0).lost_resource_ms, held(50, minutes(1)));
  EXPECT_EQ(report.nodes.at(1).faults, 50);
  EXPECT_EQ(report.gantt.nodes, (std::vector<std::string>{"n0", "n5"}));
  EXPECT_EQ(report.gantt.bars.size(), 3U);
  EXPECT_EQ(report.gantt.bars_omitted, 97);
  ASSERT_EQ(report.gantt.largest.size(), 4U);
  EXPECT_EQ(report.gantt.largest.at(0).size, 49);
  EXPECT_EQ(report.gantt.largest.at(3).size, 46);
}

}  // namespace
}  // namespace mingyue::report
