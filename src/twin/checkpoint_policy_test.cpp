#include "twin/checkpoint_policy.hpp"

#include <gtest/gtest.h>

namespace mingyue::twin {
namespace {

TEST(CheckpointPolicy, ReadsItsWords) {
  EXPECT_EQ(parse_checkpoint("hourly", seconds(5))->interval, hours(1));
  EXPECT_EQ(parse_checkpoint("30m", seconds(5))->interval, minutes(30));
  EXPECT_EQ(parse_checkpoint("auto", seconds(5))->rule, CheckpointRule::automatic);
  EXPECT_EQ(print_checkpoint(*parse_checkpoint("30m", seconds(5))), "every 30m, 5s to write");
  EXPECT_EQ(parse_checkpoint("often", seconds(5)).error().code, "bad-value");
  EXPECT_EQ(parse_checkpoint("10ms", seconds(5)).error().code, "out-of-range");
}

TEST(CheckpointPolicy, YoungAndDalyAreTheirFormulas) {
  // w = 8 s, M = 10,000 s: √(2 × 8 × 10,000) = 400 s.
  EXPECT_EQ(checkpoint_interval(*parse_checkpoint("young", seconds(8)), {}, seconds(10'000)), seconds(400));
  EXPECT_EQ(checkpoint_interval(*parse_checkpoint("daly", seconds(8)), {}, seconds(10'000)), seconds(392));
  EXPECT_EQ(checkpoint_interval(*parse_checkpoint("daly", seconds(8)), {}, Duration{never.raw()}), Duration{0});
  EXPECT_EQ(checkpoint_interval(*parse_checkpoint("never", seconds(8)), hours(1), seconds(10'000)), Duration{0});
  EXPECT_EQ(checkpoint_interval({}, minutes(20), seconds(10'000)), minutes(20));
}

TEST(CheckpointPolicy, AJobFailsAsOftenAsItHasNodes) {
  // 6.5 in 1,000 node-days: 1,125 nodes fail every 3 h 17 min.
  EXPECT_EQ(print_duration(mtbf_of(6'500, 1'125)), "3h16m");
  EXPECT_GE(mtbf_of(0, 1'125), Duration{never.raw()});
}

TEST(FailureRate, BeginsWithWhatItBelievesAndLearnsWhatItSees) {
  FailureRate rate(6'500);
  EXPECT_EQ(rate.mtbf(1'000, Instant{0}), mtbf_of(6'500, 1'000));
  // A year of 1,000 nodes with one interruption a day, where 6.5 were believed.
  rate.running(1'000, Instant{0});
  for (int i = 0; i < 365; ++i) rate.interrupted();
  const double days_between = static_cast<double>(rate.mtbf(1'000, Instant{0} + days(365)).raw()) / 86'400'000;
  EXPECT_NEAR(days_between, 1.0, 0.02);
}

}  // namespace
}  // namespace mingyue::twin
