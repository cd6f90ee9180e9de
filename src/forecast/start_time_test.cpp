#include "forecast/start_time.hpp"

#include <gtest/gtest.h>

#include "forecast/a_line.hpp"

namespace mingyue::forecast {
namespace {

using testing::a_stream;
using testing::TestCentre;
using testing::TestJob;

TEST(StartTime, IsAnIntervalAroundAPoint) {
  TestCentre centre;
  centre.run(a_stream(1'500, 1));
  ASSERT_GT(centre.forecasts.size(), 300U);
  for (const StartForecast& one : centre.forecasts) {
    EXPECT_LE(one.made_at, one.earliest);
    EXPECT_LE(one.earliest, one.point);
    EXPECT_LE(one.point, one.latest);
  }
}

TEST(StartTime, TheSameFactsGiveTheSameForecasts) {
  TestCentre one;
  TestCentre other;
  one.run(a_stream(800, 2));
  other.run(a_stream(800, 2));
  EXPECT_EQ(one.forecasts, other.forecasts);
}

TEST(StartTime, KnowsNothingOfTheFuture) {
  const std::vector<TestJob> stream = a_stream(1'200, 3);
  TestCentre one;
  one.run(stream);
  // The same until the 800th submission; then other jobs come, and what runs then ends at other times.
  const Instant then = stream[800].submit;
  std::vector<TestJob> another = stream;
  for (std::size_t i = 0; i < another.size(); ++i) {
    TestJob& job = another[i];
    if (i > 800) job = {job.submit + minutes(3), job.limit, job.limit, 3, 99};
    const auto started = one.started.find(i);
    if (started->second + job.run > then) job.run = std::max(job.limit, job.run);
  }
  TestCentre other;
  other.run(another);
  const auto until_then = [&](const TestCentre& centre) {
    std::vector<StartForecast> forecasts = centre.forecasts;
    std::erase_if(forecasts, [&](const StartForecast& forecast) { return forecast.made_at > then; });
    return forecasts;
  };
  ASSERT_GT(until_then(one).size(), 200U);
  EXPECT_EQ(until_then(one), until_then(other));
  EXPECT_NE(one.forecasts, other.forecasts);
}

TEST(StartTime, OfAllIsOfEach) {
  const std::vector<TestJob> stream = a_stream(700, 5);
  TestCentre centre;
  for (std::size_t i = 300; centre.planner.waiting() < 8; ++i) centre.run(stream, stream.at(i).submit);
  const auto all = centre.forecaster.forecast_all(centre.planner, centre.now());
  ASSERT_EQ(all.size(), 8U);
  for (const StartForecast& one : all) {
    EXPECT_EQ(centre.forecaster.forecast(one.job, centre.planner, centre.now()), one);
    EXPECT_EQ(one.asked, Asked::again);
  }
}

TEST(StartTime, ACopyGoesOnByItself) {
  const std::vector<TestJob> stream = a_stream(1'000, 6);
  TestCentre centre;
  centre.run(stream, stream[500].submit);
  TestCentre fork = centre;
  fork.run(stream);
  const auto counted = centre.forecaster.calibration().count();
  EXPECT_LT(counted.stated, fork.forecaster.calibration().count().stated);
  centre.run(stream);
  EXPECT_EQ(centre.forecasts, fork.forecasts);
}

TEST(StartTime, KeepsItsWordWhenTheWorldChanges) {
  // In the middle jobs begin to take three times as long, and to come as much more rarely.
  constexpr std::size_t half = 2'500;
  std::vector<TestJob> stream = a_stream(half, 7);
  for (TestJob job : a_stream(half, 8, 300)) {
    job.submit = job.submit + (stream[half - 1].submit - Instant{0});
    stream.push_back(job);
  }
  TestCentre centre;
  centre.run(stream);
  const auto covered = [&](std::size_t from, std::size_t to) {
    int held = 0;
    int all = 0;
    for (const StartForecast& one : centre.forecasts) {
      if (one.job < from || one.job >= to) continue;
      const Instant start = centre.started.at(one.job);
      ++all;
      held += start >= one.earliest && start <= one.latest ? 1 : 0;
    }
    return 100.0 * held / all;
  };
  EXPECT_NEAR(covered(half / 5, half), 90, 4);
  EXPECT_NEAR(covered(half * 6 / 5, 2 * half), 90, 4);
}

TEST(StartTime, IsCloserThanToSayNow) {
  TestCentre centre;
  const std::vector<TestJob> stream = a_stream(2'000, 9);
  centre.run(stream);
  double off = 0;
  double waited = 0;
  for (const StartForecast& one : centre.forecasts) {
    const Instant start = centre.started.at(one.job);
    off += std::abs(static_cast<double>((start - one.point).raw()));
    waited += static_cast<double>((start - one.made_at).raw());
  }
  EXPECT_LT(off, waited * 8 / 10);
}

TEST(StartTime, WhoDoesNotWaitHasNoForecast) {
  const std::vector<TestJob> stream = a_stream(400, 10);
  TestCentre centre;
  centre.run(stream, stream[300].submit);
  EXPECT_EQ(centre.forecaster.forecast(9'999, centre.planner, centre.now()), std::nullopt);
  const auto all = centre.forecaster.forecast_all(centre.planner, centre.now());
  ASSERT_FALSE(all.empty());
  const auto before = centre.forecaster.calibration().count();
  centre.planner.leave(all.front().job);
  centre.forecaster.left(all.front().job, centre.now());
  EXPECT_EQ(centre.forecaster.forecast(all.front().job, centre.planner, centre.now()), std::nullopt);
  EXPECT_EQ(centre.forecaster.calibration().count().withdrawn, before.withdrawn + 1);
}

TEST(StartTime, ARunThatWasCutTeachesNothing) {
  TestCentre one;
  const auto demand = *sched::demand_of(0, testing::a_node, 1, testing::a_node);
  const RunFacts facts{.user = 1, .limit = hours(10)};
  for (sched::JobNumber job = 1; job <= 20; ++job) {
    one.forecaster.submitted({job, facts, demand, 0}, Instant{0});
    one.forecaster.started(job, Instant{0});
    one.forecaster.ended(job, Instant{0} + seconds(1), Ran::cut);
  }
  one.forecaster.submitted({99, facts, demand, 0}, Instant{0} + seconds(1));
  EXPECT_GT(one.forecaster.run_time(99)->quantile(500), hours(4));
}

}  // namespace
}  // namespace mingyue::forecast
