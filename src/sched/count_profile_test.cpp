#include "sched/count_profile.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"

namespace mingyue::sched {
namespace {

TEST(CountProfile, AnswersWhereACountFits) {
  CountProfile free(Instant{0}, 10);
  free.add(Instant{0}, Instant{100}, -8);   // 2 until 100
  free.add(Instant{50}, Instant{200}, -2);  // 0 in [50, 100), 8 in [100, 200), then 10
  EXPECT_EQ(free.at(Instant{0}), 2);
  EXPECT_EQ(free.at(Instant{50}), 0);
  EXPECT_EQ(free.at(Instant{150}), 8);
  EXPECT_EQ(free.at(Instant{1'000'000}), 10);
  EXPECT_EQ(free.least(Instant{0}, Instant{300}), 0);
  EXPECT_EQ(free.earliest(Instant{0}, Duration{50}, 2), Instant{0});
  EXPECT_EQ(free.earliest(Instant{0}, Duration{51}, 2), Instant{100});
  EXPECT_EQ(free.earliest(Instant{0}, Duration{1}, 9), Instant{200});
  EXPECT_EQ(free.earliest(Instant{0}, Duration{1}, 11), never);
  EXPECT_EQ(free.until_below(Instant{0}, 2), Instant{50});
  EXPECT_EQ(free.until_below(Instant{100}, 8), never);
}

TEST(CountProfile, AStepThatChangesNothingIsDropped) {
  CountProfile free(Instant{0}, 4);
  free.add(Instant{10}, Instant{20}, -1);
  free.add(Instant{20}, Instant{30}, -1);
  EXPECT_EQ(free.steps(), 3U);
  free.add(Instant{10}, Instant{30}, 1);
  EXPECT_EQ(free.steps(), 1U);
}

// Against an array with one number for each millisecond.
TEST(CountProfile, AgreesWithAnArrayInAnyWorld) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng prng(seed);
    constexpr int horizon = 3'000;
    CountProfile free(Instant{0}, 50);
    std::vector<std::int32_t> plain(horizon, 50);
    for (int round = 0; round < 1'500; ++round) {
      const auto from = static_cast<std::int64_t>(prng.below(horizon - 1));
      const auto to =
          from + 1 + static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(horizon - from - 1) + 1));
      const auto delta = static_cast<std::int32_t>(prng.below(7)) - 3;
      free.add(Instant{from}, Instant{to >= horizon ? never.raw() : to}, delta);
      for (auto t = from; t < std::min<std::int64_t>(to, horizon); ++t) plain[static_cast<std::size_t>(t)] += delta;
      const auto ask = static_cast<std::int64_t>(prng.below(horizon));
      ASSERT_EQ(free.at(Instant{ask}), plain[static_cast<std::size_t>(ask)]) << "seed " << seed << " round " << round;
      std::int64_t since = ask;
      const std::int32_t now = plain[static_cast<std::size_t>(ask)];
      while (since > 0 && plain[static_cast<std::size_t>(since - 1)] >= now - 2) --since;
      ASSERT_EQ(free.since_at_least(Instant{ask}, now - 2).raw(), since) << "seed " << seed << " round " << round;
      ASSERT_EQ(free.since_at_least(Instant{ask}, now + 1).raw(), ask);
      const auto need = plain[static_cast<std::size_t>(prng.below(horizon))];
      const auto time = 1 + static_cast<std::int64_t>(prng.below(200));
      std::int64_t best = never.raw();
      for (std::int64_t t = ask, run = 0; t < horizon; ++t) {
        run = plain[static_cast<std::size_t>(t)] >= need ? run + 1 : 0;
        if (run == time || (run > 0 && t == horizon - 1)) {
          best = t - run + 1;
          break;
        }
      }
      ASSERT_EQ(free.earliest(Instant{ask}, Duration{time}, need).raw(), best) << "seed " << seed << " round " << round;
      // The first run before a bound, and the most up to it.
      const std::int64_t bound =
          ask + 1 + static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(horizon - ask)));
      std::int64_t begin = ask;
      std::int32_t most = now;
      for (std::int64_t t = ask; t < bound && t < horizon; ++t)
        most = std::max(most, plain[static_cast<std::size_t>(t)]);
      while (begin < bound && begin < horizon && plain[static_cast<std::size_t>(begin)] < need) ++begin;
      const auto run = free.next_run(Instant{ask}, need, Instant{bound});
      if (begin >= bound || begin >= horizon) {
        ASSERT_EQ(run.from, never) << "seed " << seed << " round " << round;
      } else {
        std::int64_t end = begin;
        while (end < horizon && plain[static_cast<std::size_t>(end)] >= need) ++end;
        ASSERT_EQ(run.from.raw(), begin) << "seed " << seed << " round " << round;
        ASSERT_EQ(run.until.raw(), end < horizon ? end : never.raw()) << "seed " << seed << " round " << round;
      }
      ASSERT_EQ(free.most(Instant{ask}, Instant{bound}), most) << "seed " << seed << " round " << round;
      if (round % 100 == 99) free.advance(Instant{0});
    }
  }
}

TEST(CountProfile, ForgetsThePast) {
  CountProfile free(Instant{0}, 3);
  for (int i = 0; i < 1'000; ++i) free.add(Instant{i * 10}, Instant{i * 10 + 5}, -1);
  free.advance(Instant{5'002});
  EXPECT_EQ(free.at(Instant{5'002}), 2);
  EXPECT_EQ(free.at(Instant{5'005}), 3);
  EXPECT_LT(free.steps(), 1'010U);
}

}  // namespace
}  // namespace mingyue::sched
