#include "sched/timeline.hpp"

#include <gtest/gtest.h>

namespace mingyue::sched {
namespace {

constexpr Instant t(std::int64_t minute) { return Instant(0) + minutes(minute); }
constexpr Room cores(int n) { return {CoreCount(n), Bytes{}, CardCount{}}; }

TEST(Timeline, StartsWhereTheRoomLastsForTheWholeWall) {
  Timeline line(t(0), cores(4));
  line.take(t(60), t(120), cores(3));
  EXPECT_EQ(line.earliest(t(0), minutes(60), cores(2), never), t(0));
  EXPECT_EQ(line.earliest(t(0), minutes(61), cores(2), never), t(120));
  EXPECT_EQ(line.earliest(t(0), minutes(61), cores(1), never), t(0));
  EXPECT_EQ(line.earliest(t(0), minutes(61), cores(2), t(119)), never);
  EXPECT_EQ(line.earliest(t(0), minutes(1), cores(5), never), never);
}

TEST(Timeline, GivingBackWhatWasTakenLeavesNoTrace) {
  Timeline line(t(0), cores(4));
  line.give(t(30), never, cores(4));
  const auto before = line.steps();
  line.take(t(10), t(40), cores(2));
  line.take(t(20), t(50), cores(1));
  EXPECT_EQ(line.least(t(0), t(60)), cores(1));
  line.give(t(10), t(40), cores(2));
  line.give(t(20), t(50), cores(1));
  EXPECT_EQ(line.steps(), before);
}

TEST(Timeline, TheNarrowestStepDecidesHowManyTasksFit) {
  Timeline line(t(0), cores(8));
  line.take(t(10), t(20), cores(6));
  line.take(t(30), t(40), cores(6));
  const Timeline::Window window = line.window(t(0), minutes(60), cores(2), 10);
  EXPECT_EQ(window.tasks, 1);
  EXPECT_EQ(window.until, t(40));  // a start before 40 meets the second valley
  EXPECT_EQ(line.window(t(20), minutes(10), cores(2), 10).tasks, 4);
  EXPECT_EQ(line.window(t(20), minutes(10), cores(2), 10).until, t(20) + milliseconds(1));  // then it meets it
}

TEST(Timeline, KnowsSinceWhenRoomHasBeenFree) {
  Timeline line(t(0), cores(4));
  line.take(t(10), t(20), cores(4));
  EXPECT_EQ(line.free_since(t(5), cores(1)), t(0));
  EXPECT_EQ(line.free_since(t(30), cores(1)), t(20));
  EXPECT_EQ(line.free_since(t(15), cores(1)), t(15));
  EXPECT_EQ(line.next_gain(t(0)), t(20));
  EXPECT_EQ(line.next_gain(t(20)), never);
}

}  // namespace
}  // namespace mingyue::sched
