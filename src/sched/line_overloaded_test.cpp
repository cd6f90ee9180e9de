#include <gtest/gtest.h>

#include "sched/line_planner.hpp"

namespace mingyue::sched {
namespace {

constexpr Room eight_cards{CoreCount{64}, Bytes{0}, CardCount{8}};
Demand gang(std::int32_t tasks) { return *demand_of(0, eight_cards, tasks, eight_cards); }
Instant day(std::int64_t n) { return Instant{days(n).raw()}; }
std::int64_t key(Duration after) { return (days(4) + after).raw(); }

/// On the fourth day one node of four is free, one will be on the fifth and two on the tenth; whoever comes makes the
/// line long, as nothing has started for days.
LinePlanner overloaded(Backfill policy = Backfill::aged) {
  LinePlanner planner(std::vector<LineNode>(4, {eight_cards, 0, 0}), policy, Instant{0});
  planner.arrive(1, 0, gang(2), days(10));
  planner.arrive(2, 1, gang(1), days(5));
  EXPECT_EQ(planner.step(Instant{0}).size(), 2U);
  return planner;
}

TEST(Overloaded, ThePromiseGoesToWhoCouldStartSoonestOfADayAndAHalf) {
  for (const Backfill policy : {Backfill::aged, Backfill::easy}) {
    LinePlanner planner = overloaded(policy);
    planner.arrive(3, key(hours(0)), gang(4), hours(1));
    planner.arrive(4, key(hours(35)), gang(2), days(9));
    planner.arrive(5, key(hours(37)), gang(1), days(9));  // could start now, would delay 4, and is too late to go first
    EXPECT_EQ(planner.step(day(4)).size(), 0U);
    ASSERT_EQ(planner.pressure(), Pressure::overloaded);
    EXPECT_EQ(planner.first(), 3U);
    EXPECT_EQ(planner.head(), policy == Backfill::aged ? 4U : 3U);
    EXPECT_EQ(planner.promise(4), policy == Backfill::aged ? std::optional(day(5)) : std::nullopt);
  }
}

TEST(Overloaded, OfThoseThatCouldStartThenTheWidest) {
  LinePlanner planner = overloaded();
  planner.arrive(3, key(hours(0)), gang(3), hours(1));
  planner.arrive(4, key(hours(1)), gang(4), hours(1));
  EXPECT_TRUE(planner.step(day(4)).empty());
  EXPECT_EQ(planner.head(), 4U);
  EXPECT_EQ(planner.promise(4), day(10));
}

TEST(Overloaded, OfThoseThatFitNowTheWidestStarts) {
  LinePlanner planner = overloaded();
  planner.end(2, day(4));
  planner.arrive(3, key(hours(0)), gang(1), days(9));
  planner.arrive(4, key(hours(1)), gang(2), days(9));
  const auto starts = planner.step(day(4));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 4U);
}

TEST(Overloaded, APromiseStandsUntilItIsKept) {
  LinePlanner planner = overloaded();
  planner.arrive(3, key(hours(0)), gang(4), hours(1));
  planner.arrive(4, key(hours(1)), gang(2), days(9));
  EXPECT_TRUE(planner.step(day(4)).empty());
  planner.arrive(5, key(hours(-1)), gang(2), days(9));
  planner.arrive(6, key(hours(-2)), gang(1), minutes(1));  // delays nobody
  const auto starts = planner.step(day(4));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 6U);
  EXPECT_EQ(planner.promise(4), day(5));
  planner.end(6, day(5));
  planner.end(2, day(5));
  const auto then = planner.step(day(5));
  ASSERT_EQ(then.size(), 1U);
  EXPECT_EQ(then[0].job, 4U);
}

TEST(Overloaded, WhoIsInterruptedTakesThePromiseAndWhoLeavesGivesItUp) {
  LinePlanner planner = overloaded();
  planner.arrive(3, key(hours(0)), gang(4), hours(1));
  planner.arrive(4, key(hours(1)), gang(2), days(9));
  EXPECT_TRUE(planner.step(day(4)).empty());
  planner.arrive(5, key(hours(-1)), gang(3), days(9));
  planner.restarts(5);
  (void)planner.step(day(4));
  EXPECT_EQ(planner.head(), 5U);
  planner.leave(5);
  planner.leave(4);
  EXPECT_TRUE(planner.step(day(4)).empty());
  EXPECT_EQ(planner.head(), 3U);
}

TEST(Overloaded, WhatIsDoneInAMinuteGoesFirst) {
  LinePlanner planner = overloaded();
  planner.arrive(3, key(hours(0)), gang(2), hours(1));
  planner.arrive(4, key(hours(80)), gang(2), minutes(1));
  planner.arrive(5, key(hours(1)), gang(1), hours(1));
  planner.arrive(6, key(hours(90)), gang(1), minutes(1));
  const auto starts = planner.step(day(4));
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].job, 5U);  // it fits, and stands before 6
  EXPECT_EQ(planner.head(), 6U);
  EXPECT_EQ(planner.promise(6), day(4) + hours(1));
  planner.end(5, day(4));
  planner.end(2, day(4));
  const auto then = planner.step(day(4));  // two nodes are free, and 3 has stood longest
  ASSERT_EQ(then.size(), 1U);
  EXPECT_EQ(then[0].job, 6U);
  EXPECT_EQ(planner.head(), 4U);
}

TEST(Overloaded, WhomNodesThatWentDownLeaveWithoutAStartLosesThePromise) {
  LinePlanner planner = overloaded();
  planner.arrive(3, key(hours(0)), gang(4), hours(1));
  EXPECT_TRUE(planner.step(day(4)).empty());
  EXPECT_EQ(planner.head(), 3U);
  planner.arrive(4, key(hours(1)), gang(2), days(9));
  planner.set_available(0, false, day(4));
  (void)planner.step(day(4));
  EXPECT_EQ(planner.head(), 4U);
}

}  // namespace
}  // namespace mingyue::sched
