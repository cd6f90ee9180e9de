#include "forecast/calibration.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"

namespace mingyue::forecast {
namespace {

WaitBand supposed_hour(Prng& draw) {
  const Duration middle = minutes(draw.between(20, 200));
  return {Duration{middle.raw() * 3 / 4}, middle, Duration{middle.raw() * 4 / 3}};
}

/// A world in which waits are `share` percent of what is supposed, give or take a factor of three.
class World {
 public:
  explicit World(std::uint64_t seed) : draw_(seed) {}

  /// One forecast and what comes of it; true if it held.
  bool one(std::int64_t percent, std::uint64_t user) {
    const WaitBand supposed = supposed_hour(draw_);
    Statement statement{
        .supposed = supposed, .band = calibration.corrected(supposed, Asked::first), .made_at = now, .user = user};
    calibration.stated(statement);
    const std::int64_t factor = draw_.chance(1, 2) ? draw_.between(333, 1'000) : draw_.between(1'000, 3'000);
    const Duration wait{supposed.middle.raw() * percent / 100 * factor / 1'000};
    if (wait > statement.band.high) calibration.passed(statement, statement.latest());
    calibration.started(statement, wait, now + wait);
    now = now + minutes(10);
    return wait >= statement.band.low && wait <= statement.band.high;
  }

  double covered(int jobs, std::int64_t percent) {
    int held = 0;
    for (int i = 0; i < jobs; ++i) held += one(percent, 1 + draw_.below(500)) ? 1 : 0;
    return held / static_cast<double>(jobs);
  }

  Calibration calibration;
  Instant now{0};

 private:
  Prng draw_;
};

TEST(Calibration, KeepsItsWord) {
  World world(1);
  (void)world.covered(1'000, 100);
  EXPECT_NEAR(world.covered(10'000, 100), 0.9, 0.015);
}

TEST(Calibration, RecoversFromAChangeOfTheWorld) {
  World world(2);
  (void)world.covered(10'000, 100);
  EXPECT_LT(world.covered(50, 2'000), 0.6) << "it cannot know yet";
  EXPECT_GT(world.covered(1'000, 2'000), 0.8);
  (void)world.covered(4'000, 2'000);
  EXPECT_NEAR(world.covered(10'000, 2'000), 0.9, 0.02);
}

TEST(Calibration, CorrectsThePoint) {
  World world(3);
  (void)world.covered(5'000, 400);
  const WaitBand supposed{hours(1), hours(1), hours(1)};
  const Duration point = world.calibration.corrected(supposed, Asked::first).middle;
  EXPECT_GT(point, hours(3));
  EXPECT_LT(point, hours(5));
}

TEST(Calibration, ABurstOfOneUserIsNotTheWorld) {
  World world(4);
  (void)world.covered(2'000, 100);
  const WaitBand supposed{minutes(60), minutes(70), minutes(80)};
  const WaitBand before = world.calibration.corrected(supposed, Asked::first);
  for (int i = 0; i < 1'000; ++i) {
    Statement statement{.supposed = supposed, .band = before, .made_at = world.now, .user = 7};
    world.calibration.started(statement, minutes(1), world.now + minutes(1));
  }
  const WaitBand after = world.calibration.corrected(supposed, Asked::first);
  EXPECT_GT(after.middle, minutes(50));
  EXPECT_LT(after.low, before.low + minutes(5)) << "but it was heard";
}

TEST(Calibration, IsOrderedWhateverItLearnt) {
  World world(5);
  Prng draw(6);
  for (int i = 0; i < 3'000; ++i) {
    (void)world.one(draw.between(1, 3'000), 1 + draw.below(9));
    const WaitBand supposed = supposed_hour(draw);
    for (const Asked asked : {Asked::first, Asked::again}) {
      const WaitBand band = world.calibration.corrected(supposed, asked);
      EXPECT_GE(band.low, Duration{0});
      EXPECT_LE(band.low, band.middle);
      EXPECT_LE(band.middle, band.high);
    }
  }
}

TEST(Calibration, CountsEachForecastOnce) {
  Calibration calibration;
  const WaitBand band{minutes(10), minutes(20), minutes(30)};
  const auto told = [&] {
    const Statement statement{.supposed = band, .band = band, .user = 1};
    calibration.stated(statement);
    return statement;
  };
  calibration.started(told(), minutes(5), Instant{0});
  calibration.started(told(), minutes(25), Instant{0});
  Statement late = told();
  calibration.passed(late, Instant{0});
  calibration.withdrawn(late);
  Statement later = told();
  calibration.passed(later, Instant{0});
  calibration.started(later, hours(9), Instant{0});
  calibration.withdrawn(told());
  const CalibrationCount expected{
      .stated = 5, .settled = 4, .covered = 1, .early = 1, .late = 2, .withdrawn = 1, .near = 1};
  EXPECT_EQ(calibration.count(), expected);
  EXPECT_EQ(calibration.count(Calibration::class_of(minutes(20)), Asked::first), expected);
}

TEST(Calibration, ClassesAreDoublingsOfAMinute) {
  EXPECT_EQ(Calibration::class_of(seconds(59)), 0U);
  EXPECT_EQ(Calibration::class_of(seconds(60)), 1U);
  EXPECT_EQ(Calibration::class_end(1), minutes(2));
  EXPECT_EQ(Calibration::class_of(minutes(2)), 2U);
  EXPECT_EQ(Calibration::class_of(days(300)), Calibration::classes - 1);
}

}  // namespace
}  // namespace mingyue::forecast
