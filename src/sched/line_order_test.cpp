#include "sched/line_order.hpp"

#include <gtest/gtest.h>

namespace mingyue::sched {
namespace {

TEST(AgedShortest, ShortWorkGoesBeforeLongThatCameALittleEarlier) {
  EXPECT_LT(aged_shortest_key(Instant{minutes(30).raw()}, minutes(5), 1), aged_shortest_key(Instant{0}, hours(1), 1));
  EXPECT_GT(aged_shortest_key(Instant{hours(3).raw()}, minutes(5), 1), aged_shortest_key(Instant{0}, hours(1), 1));
}

TEST(AgedShortest, SizeCountsByItsFifthRoot) {
  EXPECT_EQ(aged_shortest_key(Instant{0}, hours(1), 1), hours(2).raw());
  EXPECT_EQ(aged_shortest_key(Instant{0}, hours(1), 32), hours(4).raw());
  EXPECT_EQ(aged_shortest_key(Instant{0}, hours(1), 1024), hours(8).raw());
}

TEST(AgedShortest, NobodyIsPutBackFurtherThanTheBound) {
  EXPECT_EQ(aged_shortest_key(Instant{0}, days(3000), 10'000), seconds(400'000).raw());
}

}  // namespace
}  // namespace mingyue::sched
