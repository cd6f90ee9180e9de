#include "sched/queue_gauge.hpp"

#include <gtest/gtest.h>

namespace mingyue::sched {
namespace {

TEST(QueueGauge, SaysOverloadedWhenWhoComesMustExpectToWaitForADay) {
  QueueGauge gauge(Instant{0});
  Instant now{0};
  const auto go_on = [&](int for_hours, std::size_t waiting) {  // four start in an hour
    for (int i = 0; i < for_hours; ++i) {
      gauge.passed(now = now + hours(1), waiting);
      gauge.started(4);
    }
  };
  go_on(71, 10'000);  // not yet known for three days
  EXPECT_FALSE(gauge.overloaded());
  go_on(20 * 24, 1);
  go_on(24, 4 * 23);
  EXPECT_FALSE(gauge.overloaded());
  go_on(24, 4 * 25);
  EXPECT_TRUE(gauge.overloaded());
  go_on(24, 4 * 3);  // three hours are still too long
  EXPECT_TRUE(gauge.overloaded());
  go_on(1, 4);
  EXPECT_FALSE(gauge.overloaded());
}

TEST(QueueGauge, IsOverloadedWhereNothingStarts) {
  QueueGauge gauge(Instant{0});
  gauge.passed(Instant{days(4).raw()}, 0);
  EXPECT_FALSE(gauge.overloaded());
  gauge.passed(Instant{days(5).raw()}, 1);
  EXPECT_TRUE(gauge.overloaded());
}

}  // namespace
}  // namespace mingyue::sched
