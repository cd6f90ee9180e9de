#include "report/sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/prng.hpp"

namespace mingyue::report {
namespace {

std::int64_t true_quantile(const std::vector<std::int64_t>& sorted, std::int64_t permille) {
  const auto n = static_cast<std::int64_t>(sorted.size());
  const std::int64_t place = std::max<std::int64_t>((n * permille + 999) / 1000, 1);
  return sorted[static_cast<std::size_t>(place - 1)];
}

TEST(Sketch, OfNothingSaysNothing) {
  const Sketch sketch;
  EXPECT_EQ(sketch.count(), 0);
  EXPECT_EQ(sketch.mean_floor(), 0);
  EXPECT_EQ(sketch.quantile(500), 0);
}

TEST(Sketch, IsExactBelow256) {
  Sketch sketch;
  for (std::int64_t i = 0; i < 256; ++i) sketch.add(i);
  for (std::int64_t permille = 1; permille <= 1000; ++permille)
    EXPECT_EQ(sketch.quantile(permille), (256 * permille + 999) / 1000 - 1);
  EXPECT_EQ(sketch.mean_floor(), 127);
}

TEST(Sketch, OfOneNumberIsThatNumber) {
  for (const std::int64_t number : {0LL, 1LL, 255LL, 256LL, 1'000'003LL, 9'223'372'036'854'775'807LL}) {
    Sketch sketch;
    sketch.add(number);
    for (const std::int64_t permille : {1, 500, 999, 1000}) EXPECT_EQ(sketch.quantile(permille), number);
    EXPECT_EQ(sketch.mean_floor(), number);
  }
}

// 200 streams of every magnitude: each quantile within half a bucket, 1/256 of the true one; the rest exact.
TEST(Sketch, IsNeverOffByMoreThanItPromises) {
  Prng prng(0x5ce7c4);
  for (int stream = 0; stream < 200; ++stream) {
    const std::uint64_t size = 1 + prng.below(3000);
    const std::uint64_t bits = 1 + prng.below(62);
    std::vector<std::int64_t> numbers;
    Sketch sketch;
    Int128 sum = 0;
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto number = static_cast<std::int64_t>(prng.below(std::uint64_t{1} << (1 + prng.below(bits))));
      numbers.push_back(number);
      sketch.add(number);
      sum += number;
    }
    std::ranges::sort(numbers);
    EXPECT_EQ(sketch.count(), static_cast<std::int64_t>(size));
    EXPECT_EQ(sketch.mean_floor(), static_cast<std::int64_t>(sum / static_cast<Int128>(size)));
    EXPECT_EQ(sketch.largest(), numbers.back());
    EXPECT_EQ(sketch.least(), numbers.front());
    for (const std::int64_t permille : {1, 10, 50, 250, 500, 750, 900, 950, 990, 999, 1000}) {
      const std::int64_t truth = true_quantile(numbers, permille);
      EXPECT_LE(std::abs(sketch.quantile(permille) - truth), truth / 256 + 1) << "stream " << stream << " " << permille;
    }
  }
}

TEST(Sketch, MergedIsAsIfToldTogether) {
  Prng prng(7);
  Sketch whole;
  Sketch parts[3];
  for (int i = 0; i < 5000; ++i) {
    const auto number = static_cast<std::int64_t>(prng.below(std::uint64_t{1} << (1 + prng.below(40))));
    whole.add(number);
    parts[i % 3].add(number);
  }
  Sketch merged;
  for (const Sketch& part : parts) merged.merge(part);
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.mean_floor(), whole.mean_floor());
  for (std::int64_t permille = 0; permille <= 1000; permille += 50)
    EXPECT_EQ(merged.quantile(permille), whole.quantile(permille));
}

}  // namespace
}  // namespace mingyue::report
