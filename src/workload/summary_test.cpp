#include "workload/summary.hpp"

#include <gtest/gtest.h>

#include "workload/bytes.hpp"
#include "workload/read.hpp"

namespace mingyue::workload {
namespace {

TraceJob a_job(Duration submit, std::int32_t cards, Duration run, End end = End::succeeded) {
  return {.submit = submit, .run = run, .request = run, .cards_per_task = cards, .end = end};
}

Summary summary_of(const std::vector<TraceJob>& jobs) {
  Summary summary(Unit::cards);
  for (const TraceJob& job : jobs) summary.add(job);
  return summary;
}

TEST(Summary, CountsJobsAndTheirTime) {
  const Summary summary = summary_of(
      {a_job(hours(1), 1, hours(2)), a_job(hours(5), 3, hours(1), End::failed), a_job(hours(5), 0, hours(9))});
  EXPECT_EQ(summary.jobs(), 3U);
  EXPECT_EQ(summary.time_ms(), Int128{hours(5).raw()});
  EXPECT_EQ(summary.by_size()[0].jobs, 1U);
  EXPECT_EQ(summary.by_size()[1].time_ms, Int128{hours(2).raw()});
  EXPECT_EQ(summary.by_size()[3].jobs, 1U) << "3 is in 3 to 4";
  EXPECT_EQ(summary.by_end()[static_cast<std::size_t>(End::failed)].time_ms, Int128{hours(3).raw()});
  EXPECT_EQ(summary.largest(), 3);
}

TEST(Summary, OffersTheLoadOverTheWindowElseOverTheSubmissions) {
  const Summary summary = summary_of({a_job(hours(1), 2, hours(2)), a_job(hours(5), 4, hours(1))});
  EXPECT_DOUBLE_EQ(*summary.offered_load({.cards = 4}), 8.0 / (4 * 4));
  EXPECT_DOUBLE_EQ(*summary.offered_load({.cards = 4, .window = hours(10)}), 8.0 / (4 * 10));
  EXPECT_EQ(summary.offered_load({}), std::nullopt) << "of an unknown machine";
  EXPECT_EQ(summary_of({a_job(hours(1), 2, hours(2))}).offered_load({.cards = 4}), std::nullopt) << "in no time";
}

TEST(Summary, PutsClassesWhereTheirLimitsAre) {
  for (const std::int64_t size : {1, 2, 3, 4, 5, 8, 9, 1024, 1025}) {
    const Summary summary = summary_of({a_job(hours(0), static_cast<std::int32_t>(size), seconds(size))});
    for (std::size_t i = 1; i < Summary::size_classes; ++i) {
      const bool here = Summary::size_limit(i - 1) < size && size <= Summary::size_limit(i);
      EXPECT_EQ(summary.by_size()[i].jobs, here ? 1U : 0U) << size << " in class " << i;
    }
    for (std::size_t i = 1; i < Summary::run_classes; ++i) {
      const bool here = Summary::run_limit(i - 1) < seconds(size) && seconds(size) <= Summary::run_limit(i);
      EXPECT_EQ(summary.by_run()[i].jobs, here ? 1U : 0U) << size << " s in class " << i;
    }
  }
}

TEST(Summary, KnowsBurstsFromEvenGaps) {
  std::vector<TraceJob> even, burst;
  for (int i = 0; i < 100; ++i) {
    even.push_back(a_job(hours(i), 1, hours(1)));
    burst.push_back(a_job(hours(i < 99 ? 0 : 99), 1, hours(1)));
  }
  EXPECT_DOUBLE_EQ(summary_of(even).gap_variation(), 0);
  EXPECT_GT(summary_of(burst).gap_variation(), 9);
}

TEST(Merge, IsInOrderAndNumberedAnew) {
  Trace odd, pairs;
  for (int i = 0; i < 3; ++i) odd.jobs.push_back(a_job(hours(2 * i + 1), 1, hours(1)));
  for (int i = 0; i < 3; ++i) pairs.jobs.push_back(a_job(hours(2 * i + i % 2), 2, hours(1)));
  std::vector<std::unique_ptr<Source>> sources;
  sources.push_back(replay(odd));
  sources.push_back(replay(pairs));
  const auto merged = merge(std::move(sources), {});
  std::string order;
  for (TraceJob job; merged->next(job);)
    order += std::to_string(job.number) + ":" + std::to_string(job.submit.raw() / hours(1).raw()) +
             (cards_of(job) == 1 ? "a " : "b ");
  EXPECT_EQ(order, "1:0b 2:1a 3:3a 4:3b 5:4b 6:5a ") << "ties by the source";
  EXPECT_TRUE(merged->status().has_value());
}

TEST(Merge, EndsWhereOneSourceFails) {
  std::vector<std::unique_ptr<Source>> sources;
  sources.push_back(*read_trace(bytes_of("# mingyue-trace 1\nsubmit_ms,run_ms\n0,1\n5,x\n")));
  Trace endless;
  for (int i = 0; i < 100; ++i) endless.jobs.push_back(a_job(hours(i), 1, hours(1)));
  sources.push_back(replay(endless));
  const auto merged = merge(std::move(sources), {});
  int given = 0;
  for (TraceJob job; merged->next(job);) ++given;
  EXPECT_LT(given, 3);
  ASSERT_FALSE(merged->status().has_value());
  EXPECT_EQ(merged->status().error().line, 4);
}

}  // namespace
}  // namespace mingyue::workload
