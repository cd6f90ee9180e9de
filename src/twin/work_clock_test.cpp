#include "twin/work_clock.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"

namespace mingyue::twin {
namespace {

constexpr Instant start{1'000'000};

TEST(WorkClock, WritesBetweenIntervalsAndNotAfterTheLast) {
  // compute 3, write 1, compute 3, write 1, compute 2
  const WorkClock clock(start, seconds(8), seconds(3), seconds(1));
  EXPECT_EQ(clock.ends_at(), start + seconds(10));
  const WorkClock even(start, seconds(6), seconds(3), seconds(1));
  EXPECT_EQ(even.ends_at(), start + seconds(7));
}

TEST(WorkClock, WithoutCheckpointsItIsTheWorkItself) {
  WorkClock clock(start, hours(5), Duration{0}, seconds(5));
  EXPECT_EQ(clock.ends_at(), start + hours(5));
  EXPECT_EQ(clock.next_save(), never);
  clock.advance(start + hours(4));
  EXPECT_EQ(clock.saved(), Duration{0});
  EXPECT_EQ(clock.unsaved(), hours(4));
}

TEST(WorkClock, OnlyWhatIsWrittenIsSaved) {
  WorkClock clock(start, hours(5), hours(1), seconds(10));
  clock.advance(start + hours(1) + seconds(9));
  EXPECT_EQ(clock.saved(), Duration{0});
  EXPECT_EQ(clock.unsaved(), hours(1));
  EXPECT_EQ(clock.written(), seconds(9));
  EXPECT_EQ(clock.next_save(), start + hours(1) + seconds(10));
  clock.advance(start + hours(1) + seconds(10));
  EXPECT_EQ(clock.saved(), hours(1));
  EXPECT_EQ(clock.saved_at(), start + hours(1) + seconds(10));
}

TEST(WorkClock, AStragglerMakesTheRestTakeLonger) {
  WorkClock clock(start, hours(2), Duration{0}, Duration{0});
  clock.advance(start + hours(1));
  clock.slow_down(1'500);
  EXPECT_EQ(clock.ends_at(), start + minutes(150));
  clock.advance(never);
  EXPECT_EQ(clock.slowed(), minutes(30));
}

/// Every millisecond is of one kind, and it does not matter in how many steps the clock goes, or whether whole rounds
/// are skipped: held against a clock that goes millisecond by millisecond.
TEST(WorkClock, AgreesWithAClockThatTicksEveryMillisecond) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Prng prng(seed);
    const Duration work(prng.between(1, 400));
    const Duration interval(prng.between(0, 60));
    const Duration write(prng.between(0, 9));
    std::int64_t saved = 0, unsaved = 0, written = 0, computed = 0, writing = -1, t = 0, saved_at = 0;
    WorkClock clock(start, work, interval, write);
    WorkClock in_one(start, work, interval, write);
    const std::int64_t until = prng.between(1, 700);
    while (saved + unsaved < work.raw() && t < until) {
      ++t;
      if (writing >= 0) {
        ++written;
        ++writing;
      } else {
        ++unsaved;
        ++computed;
        if (interval > Duration{0} && computed == interval.raw() && saved + unsaved < work.raw()) writing = 0;
      }
      if (writing == write.raw()) {
        saved += unsaved;
        saved_at = t;
        unsaved = computed = 0;
        writing = -1;
      }
      if (prng.chance(1, 10)) clock.advance(start + Duration(t));
    }
    clock.advance(start + Duration(until));
    in_one.advance(start + Duration(until));
    for (const WorkClock& one : {clock, in_one}) {
      ASSERT_EQ(one.saved().raw(), saved) << "seed " << seed;
      ASSERT_EQ(one.unsaved().raw(), unsaved) << "seed " << seed;
      ASSERT_EQ(one.written().raw(), written) << "seed " << seed;
      ASSERT_EQ(one.now(), start + Duration(t)) << "seed " << seed;
      ASSERT_EQ(one.saved_at(), start + Duration(saved_at)) << "seed " << seed;
      ASSERT_EQ(one.saved() + one.unsaved() + one.written() + one.slowed(), one.now() - start) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace mingyue::twin
