#include "sched/overdue.hpp"

#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/counted_plan.hpp"
#include "sched/plan.hpp"

namespace mingyue::sched {
namespace {

using testing::Scene;

constexpr Instant limit{1'800'000'000'000};

TEST(Overdue, WorkEndsByItsLimit) {
  EXPECT_EQ(assumed_end(limit, limit - hours(1)), limit);
  EXPECT_EQ(assumed_end(limit, limit - milliseconds(1)), limit);
}

TEST(Overdue, WorkIsTakenToLastTwiceAsLongEachTimeAndThenByTheQuarterOfAnHour) {
  std::vector<std::int64_t> instants;  // seconds after the limit
  for (Instant now = limit; now < limit + hours(2); now = assumed_end(limit, now))
    instants.push_back((now - limit).raw() / 1'000);
  EXPECT_EQ(instants, (std::vector<std::int64_t>{0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3072, 4096, 5120,
                                                 6144, 7168}));
}

TEST(Overdue, BetweenThoseInstantsNothingChanges) {
  for (const std::int64_t late : {0, 1, 2, 8, 512, 1024, 86'016}) {
    const Instant from = limit + seconds(late);
    const Instant end = assumed_end(limit, from);
    EXPECT_GT(end, from);
    for (const Duration later : {milliseconds(1), milliseconds(10), milliseconds(999), end - from - milliseconds(1)})
      EXPECT_EQ(assumed_end(limit, from + later), end) << late;
  }
}

/// What the plans say that are made while job 1 is overdue, each with the promises of the one before.
void expect_one_promise(int nodes) {
  Scene scene;
  scene.nodes(nodes, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).tasks(nodes).cores(8);
  Snapshot snapshot = scene.now(60).snapshot();
  const Instant due = snapshot.now;
  const Plan first = plan(snapshot);
  ASSERT_EQ(first.waits.size(), 1U);
  EXPECT_EQ(first.waits[0].promised, due + seconds(1));
  EXPECT_EQ(first.replan_at, due + seconds(1));
  Plan last = first;
  for (const std::int64_t later : {1, 10, 500, 999}) {
    snapshot.now = due + milliseconds(later);
    snapshot.promises = promises_of(last);
    last = plan(snapshot);
    EXPECT_EQ(last.waits[0].promised, first.waits[0].promised) << later;
    EXPECT_EQ(last.replan_at, first.replan_at) << later;
  }
  snapshot.now = due + seconds(1);
  snapshot.promises = promises_of(last);
  EXPECT_EQ(plan(snapshot).waits[0].promised, due + seconds(2));
}

TEST(Overdue, PlansOfASmallPartitionPromiseTheSameWhileItLasts) { expect_one_promise(2); }

TEST(Overdue, PlansOfALargePartitionPromiseTheSameWhileItLasts) { expect_one_promise(static_cast<int>(counted_nodes)); }

}  // namespace
}  // namespace mingyue::sched
