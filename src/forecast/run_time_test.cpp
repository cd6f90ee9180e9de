#include "forecast/run_time.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "forecast/log_scale.hpp"

namespace mingyue::forecast {
namespace {

RunFacts a_job(std::uint64_t user = 1, Duration limit = hours(10)) {
  return {.user = user, .name = 7, .size = 4, .limit = limit};
}

/// Learnt thirty thousand jobs of many kinds.
RunTimes experienced() {
  RunTimes run_times;
  Prng draw(1);
  for (int i = 0; i < 30'000; ++i) {
    const RunFacts job{.user = draw.below(300),
                       .name = draw.below(4),
                       .size = draw.between(1, 64),
                       .limit = minutes(draw.between(1, 2'000))};
    run_times.ended(job, Duration{draw.between(0, job.limit.raw())});
  }
  return run_times;
}

TEST(LogScale, IsMonotoneAndComesBack) {
  std::int64_t last = -1;
  for (std::int64_t number = 0; number < 5'000; ++number) {
    const std::int64_t step = LogScale<4>::step_of(number);
    EXPECT_TRUE(step == last || step == last + 1) << number;
    EXPECT_LE(LogScale<4>::least_of(step), number);
    EXPECT_GT(LogScale<4>::least_of(step + 1), number);
    last = step;
  }
  EXPECT_EQ(LogScale<4>::least_of(10'000), INT64_MAX);
}

TEST(RecentTable, ForgetsWhatWasNotTouchedForLongest) {
  RecentTable<int> table(2);
  table.touch(1) = 10;
  table.touch(2) = 20;
  EXPECT_EQ(table.touch(1), 10);
  table.touch(3) = 30;
  EXPECT_EQ(table.find(2), nullptr);
  ASSERT_NE(table.find(1), nullptr);
  EXPECT_EQ(*table.find(1), 10);
  EXPECT_EQ(table.touch(2), 0) << "it comes back with nothing remembered";
  EXPECT_EQ(table.size(), 2U);
}

TEST(RunTime, WithoutExperienceAnyLengthIsAsLikely) {
  const RunTime any = RunTimes().predict(a_job());
  EXPECT_NEAR(static_cast<double>(any.quantile(500).raw()), static_cast<double>(hours(5).raw()), 6e6);
  EXPECT_EQ(any.quantile(1000), hours(10));
}

TEST(RunTime, AUsersLastJobsSayMoreThanTheirLimit) {
  RunTimes run_times;
  for (int i = 0; i < 10; ++i) run_times.ended(a_job(), minutes(7));
  for (int i = 0; i < 1'000; ++i) run_times.ended(a_job(2), hours(9));
  const RunTime likely = run_times.predict(a_job());
  EXPECT_GT(likely.quantile(250), minutes(6));
  EXPECT_LT(likely.quantile(750), minutes(8));
  EXPECT_GT(run_times.predict(a_job(3)).quantile(250), hours(7)) << "of somebody unknown: what jobs like it took";
}

TEST(RunTime, NewerJobsWeighMore) {
  RunTimes run_times;
  for (int i = 0; i < 8; ++i) run_times.ended(a_job(), minutes(7));
  for (int i = 0; i < 4; ++i) run_times.ended(a_job(), minutes(60));
  EXPECT_GT(run_times.predict(a_job()).quantile(500), minutes(50));
}

TEST(RunTime, WhoRanToTheLimitWillRunToTheNextOne) {
  RunTimes run_times;
  for (int i = 0; i < 20; ++i) run_times.ended(a_job(), hours(10));
  EXPECT_EQ(run_times.predict(a_job(1, hours(20))).quantile(500), hours(20));
}

TEST(RunTime, QuantilesAreOrderedAndWithinTheLimit) {
  const RunTimes run_times = experienced();
  Prng draw(2);
  for (int i = 0; i < 2'000; ++i) {
    const RunFacts job{
        .user = draw.below(400), .name = draw.below(5), .size = 9, .limit = minutes(draw.between(1, 999))};
    const RunTime likely = run_times.predict(job);
    EXPECT_EQ(likely, run_times.predict(job));
    const Duration elapsed{draw.between(0, job.limit.raw() - 1)};
    Duration last = elapsed;
    for (std::int32_t permille = 0; permille <= 1000; permille += 20) {
      const Duration one = likely.quantile(permille, elapsed);
      EXPECT_GE(one, last);
      last = one;
    }
    EXPECT_EQ(last, job.limit);
  }
}

TEST(RunTime, MoreElapsedNeverMeansLess) {
  const RunTimes run_times = experienced();
  for (std::uint64_t user = 0; user < 50; ++user) {
    const RunTime likely = run_times.predict(a_job(user));
    for (const std::int32_t permille : {0, 100, 500, 900, 1000}) {
      Duration last;
      for (Duration elapsed; elapsed < hours(12); elapsed += seconds(97)) {
        const Duration one = likely.quantile(permille, elapsed);
        EXPECT_GE(one, last);
        EXPECT_GE(one, elapsed);
        last = one;
      }
    }
  }
}

TEST(RunTime, SaysHowUnsureItIs) {
  // Each user has a mean of their own, and every job half to twice as long.
  RunTimes run_times;
  Prng draw(3);
  int below = 0;
  int above = 0;
  constexpr int jobs = 40'000;
  for (int i = 0; i < jobs; ++i) {
    const std::uint64_t user = 1 + draw.below(200);
    const Duration mean = minutes(static_cast<std::int64_t>(user));
    const Duration ran{draw.between(mean.raw() / 2, mean.raw() * 2)};
    const RunFacts job = a_job(user);
    if (i > jobs / 2) {
      const RunTime likely = run_times.predict(job);
      below += ran < likely.quantile(100) ? 1 : 0;
      above += ran > likely.quantile(900) ? 1 : 0;
    }
    run_times.ended(job, ran);
  }
  EXPECT_NEAR(below, jobs / 20, jobs / 40);
  EXPECT_NEAR(above, jobs / 20, jobs / 40);
}

}  // namespace
}  // namespace mingyue::forecast
