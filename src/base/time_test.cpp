#include "base/time.hpp"

#include <gtest/gtest.h>

namespace mingyue {
namespace {

struct DurationCase {
  const char* text;
  Duration value;
};

TEST(Duration, ReadsEveryFormThatTheManualNames) {
  const DurationCase cases[] = {
      {"90s", seconds(90)},
      {"10m", minutes(10)},
      {"2h", hours(2)},
      {"1d", days(1)},
      {"1h30m", minutes(90)},
      {"250ms", milliseconds(250)},
      {"1m250ms", milliseconds(60'250)},
      {"1d2h3m4s5ms", milliseconds(93'784'005)},
      {"01:30:00", minutes(90)},
      {"36:00:00", hours(36)},
      {"5:30", seconds(330)},
      {"90:00", minutes(90)},
      {"1-02:00:00", hours(26)},
      {"3653d", duration_max},
  };
  for (const DurationCase& c : cases) {
    const auto read = parse_duration(c.text);
    ASSERT_TRUE(read) << c.text << ": " << read.error().message;
    EXPECT_EQ(read->raw(), c.value.raw()) << c.text;
  }
}

TEST(Duration, RefusesWhatIsNotALengthOfTime) {
  for (const char* text :
       {"",     "m",   "10x",     "1m1h", "1h1h",       "1.5h",    "-1h", "+1h", " 1h", "1h ", "1:2:3:4",
        "1:60", "1:5", "1:00:60", "1-2",  "1-24:00:00", "1-00:00", "1-",  "::",  "1:",  "h1",  "1ms1s"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "bad-value") << text;
    EXPECT_FALSE(read.error().hint.empty());
  }
}

TEST(Duration, ABareNumberIsAskedForItsUnit) {
  EXPECT_EQ(parse_duration("10").error().hint, "say the unit: 10s, 10m or 10h");
}

TEST(Duration, RefusesNoTimeAndMoreThanTenYears) {
  for (const char* text : {"0s", "0h0m", "00:00:00", "3654d", "3653d1ms", "999999999999999d", "999999999:00:00",
                           "9999-00:00:00", "3653-00:00:01"}) {
    const auto read = parse_duration(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "out-of-range") << text;
  }
  EXPECT_FALSE(parse_duration("99999999999999999999999999s"));
}

TEST(Duration, IsPrintedInItsTwoLargestUnits) {
  EXPECT_EQ(print_duration(hours(26)), "1d02h");
  EXPECT_EQ(print_duration(days(2)), "2d");
  EXPECT_EQ(print_duration(minutes(90)), "1h30m");
  EXPECT_EQ(print_duration(hours(2) + seconds(59)), "2h");
  EXPECT_EQ(print_duration(seconds(725)), "12m05s");
  EXPECT_EQ(print_duration(milliseconds(4'123)), "4.1s");
  EXPECT_EQ(print_duration(milliseconds(4'099)), "4s");
  EXPECT_EQ(print_duration(milliseconds(59'999)), "59.9s");
  EXPECT_EQ(print_duration(milliseconds(250)), "250ms");
  EXPECT_EQ(print_duration(Duration{}), "0s");
  EXPECT_EQ(print_duration(seconds(-90)), "-1m30s");
  EXPECT_EQ(print_duration(Duration(INT64_MIN)).substr(0, 3), "-10");
}

TEST(Instant, ReadsRfc3339) {
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00Z")->raw(), 0);
  EXPECT_EQ(parse_instant("2026-12-01T08:00:00Z")->raw(), 1'796'112'000'000);
  EXPECT_EQ(parse_instant("2026-12-01T16:00:00+08:00")->raw(), 1'796'112'000'000);
  EXPECT_EQ(parse_instant("2026-12-01t02:30:00.25-05:30")->raw(), 1'796'112'000'250);
  EXPECT_EQ(parse_instant("2026-12-01 08:00:00.123456z")->raw(), 1'796'112'000'123);
  EXPECT_EQ(parse_instant("2024-02-29T00:00:00Z")->raw(), 1'709'164'800'000);
  EXPECT_EQ(parse_instant("1969-12-31T23:59:59.999Z")->raw(), -1);
}

TEST(Instant, RefusesWhatIsNotAPointInTime) {
  for (const char* text :
       {"", "2026-12-01", "2026-12-01T08:00:00", "2026-13-01T08:00:00Z", "2026-02-29T08:00:00Z", "2026-12-01T24:00:00Z",
        "2026-12-01T08:60:00Z", "2026-12-01T08:00:60Z", "2026-12-01T08:00:00.Z", "2026-12-01T08:00:00+8:00",
        "2026-12-01T08:00:00+08:60", "2026-12-01T08:00:00Zx", "26-12-01T08:00:00Z", "2026-12-00T08:00:00Z",
        "2026-12-01T08:00:00.1234567890Z", "1900-02-29T00:00:00Z"}) {
    const auto read = parse_instant(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "bad-value");
    EXPECT_EQ(read.error().hint, "write 2026-12-01T08:00:00Z or 2026-12-01T16:00:00+08:00");
  }
}

TEST(Instant, IsPrintedInUtcWithMilliseconds) {
  EXPECT_EQ(print_instant(Instant(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(print_instant(Instant(1'796'112'000'123)), "2026-12-01T08:00:00.123Z");
  EXPECT_EQ(print_instant(Instant(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(print_instant(never), "287168-08-24T16:00:00.000Z");
}

TEST(Instant, ReadsBackWhatItPrints) {
  // Steps of a prime number of milliseconds, some 60 years either way.
  for (std::int64_t t = -2'000'000'000'000; t < 2'000'000'000'000; t += 1'999'999'973) {
    EXPECT_EQ(parse_instant(print_instant(Instant(t)))->raw(), t);
  }
}

}  // namespace
}  // namespace mingyue
