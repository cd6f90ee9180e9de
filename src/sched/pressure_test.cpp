#include "sched/pressure.hpp"

#include <gtest/gtest.h>

namespace mingyue::sched {
namespace {

TEST(PressureGauge, IsFullAfterDaysOfUseAndCalmAfterHoursOfNone) {
  PressureGauge gauge(Instant{0});
  Instant now{0};
  const auto go_on = [&](int for_hours, std::int64_t in_use) {
    for (int i = 0; i < for_hours; ++i) gauge.passed(now = now + hours(1), in_use, 100);
  };
  go_on(8 * 24, 100);
  EXPECT_EQ(gauge.pressure(), Pressure::calm);
  go_on(24, 100);
  EXPECT_EQ(gauge.pressure(), Pressure::full);
  go_on(30 * 24, 90);  // still above 7/8
  EXPECT_EQ(gauge.pressure(), Pressure::full);
  go_on(12, 0);
  EXPECT_EQ(gauge.pressure(), Pressure::calm);
  go_on(30 * 24, 90);  // not above 15/16
  EXPECT_EQ(gauge.pressure(), Pressure::calm);
}

TEST(PressureGauge, HardlyDependsOnHowOftenItIsTold) {
  PressureGauge often(Instant{0});
  PressureGauge seldom(Instant{0});
  for (std::int64_t s = 1; s <= 20 * 86'400; ++s) {
    const Instant now{seconds(s).raw()};
    const std::int64_t in_use = s > 10 * 86'400 ? 50 : 100;
    often.passed(now, in_use, 100);
    if (s % 600 == 0) seldom.passed(now, in_use, 100);
    if (s % 86'400 == 0) {
      EXPECT_EQ(often.pressure(), seldom.pressure()) << s / 86'400;
    }
  }
}

}  // namespace
}  // namespace mingyue::sched
