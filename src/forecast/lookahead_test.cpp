#include "forecast/lookahead.hpp"

#include <gtest/gtest.h>

#include "forecast/a_line.hpp"

namespace mingyue::forecast {
namespace {

using testing::a_node;
using testing::a_stream;
using testing::TestCentre;
using testing::TestJob;

/// A full line: everything is submitted, and the first jobs run.
struct FullLine {
  std::vector<TestJob> stream = a_stream(200, 4);
  TestCentre centre{{.futures = 1, .arrivals_most = 0}};
  std::vector<SupposedEnd> ends;
  Instant now{0};

  FullLine() {
    for (TestJob& job : stream) job.submit = now;
    centre.run(stream, now);
    for (const auto& [job, at] : centre.started) ends.push_back({job, at + stream[job].run});
  }
  [[nodiscard]] Lookahead knowing_all() const {
    return {.now = now,
            .ends = ends,
            .run_of = [this](sched::JobNumber job) { return stream[job].run; },
            .horizon = days(900)};
  }
};

TEST(LookAhead, WhoKnowsAllRunTimesKnowsAllStarts) {
  FullLine line;
  Lookahead what = line.knowing_all();
  what.plans_exact = 100'000;
  const Outlook outlook = look_ahead(line.centre.planner, what);
  line.centre.run(line.stream);
  ASSERT_GT(outlook.starts.size(), 120U);
  for (const SupposedStart& start : outlook.starts) EXPECT_EQ(start.at, line.centre.started.at(start.job));
}

TEST(LookAhead, StopsWhenTheOneWantedHasStarted) {
  FullLine line;
  const Outlook all = look_ahead(line.centre.planner, line.knowing_all());
  Lookahead what = line.knowing_all();
  what.wanted = all.starts[all.starts.size() / 2].job;
  const Outlook one = look_ahead(line.centre.planner, what);
  EXPECT_EQ(one.starts.back().job, what.wanted);
  EXPECT_EQ(one.until, all.starts[all.starts.size() / 2].at);
  EXPECT_LT(one.plans, all.plans);
}

TEST(LookAhead, MakesNoMorePlansThanItSaysAndIsOffByLittle) {
  FullLine line;
  Lookahead what = line.knowing_all();
  what.plans_exact = 100'000;
  const Outlook exact = look_ahead(line.centre.planner, what);
  what.plans_exact = 0;
  const Outlook coarse = look_ahead(line.centre.planner, what);
  EXPECT_LT(coarse.plans, 32 * 32);
  EXPECT_LT(coarse.plans, exact.plans);
  ASSERT_EQ(coarse.starts.size(), exact.starts.size());
  const double off = static_cast<double>((coarse.until - exact.until).raw());
  EXPECT_LT(off / static_cast<double>((exact.until - line.now).raw()), 0.2);
}

TEST(LookAhead, LooksNoFurtherThanItsHorizon) {
  FullLine line;
  Lookahead what = line.knowing_all();
  what.horizon = hours(6);
  const Outlook outlook = look_ahead(line.centre.planner, what);
  EXPECT_EQ(outlook.until, line.now + hours(6));
  for (const SupposedStart& start : outlook.starts) EXPECT_LT(start.at, outlook.until);
}

TEST(LookAhead, SupposedArrivalsMayOvertake) {
  FullLine line;
  const sched::JobNumber last = look_ahead(line.centre.planner, line.knowing_all()).starts.back().job;
  Lookahead what = line.knowing_all();
  what.wanted = last;
  const Instant alone = look_ahead(line.centre.planner, what).until;
  // Every ten minutes somebody who stands before all others wants all nodes for nine minutes.
  SupposedArrival arrival{line.now, INT64_MIN, *sched::demand_of(0, a_node, 16, a_node), minutes(9), minutes(9)};
  what.next_arrival = [&] {
    arrival.at = arrival.at + minutes(10);
    return &arrival;
  };
  EXPECT_GT(look_ahead(line.centre.planner, what).until - line.now, (alone - line.now) * 2);
}

}  // namespace
}  // namespace mingyue::forecast
