#include "sched/sorted_blocks.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/prng.hpp"

namespace mingyue::sched {
namespace {

TEST(SortedBlocks, IsASetInOrder) {
  Prng prng(1);
  SortedBlocks<int> blocks;
  std::set<int> plain;
  for (int round = 0; round < 20'000; ++round) {
    // Grows to some thousand, which is many blocks, and shrinks to nothing again; now and then in order.
    const bool grows = round < 8'000;
    const int value = prng.chance(1, 4) && grows ? 100'000 + round : static_cast<int>(prng.below(100'000));
    if (grows ? plain.insert(value).second : plain.empty()) {
      blocks.insert(value);
      plain.insert(value);
    } else if (!grows) {
      auto gone = plain.lower_bound(value);
      if (gone == plain.end()) gone = plain.begin();
      blocks.erase(*gone);
      plain.erase(gone);
    }
    ASSERT_EQ(blocks.empty(), plain.empty());
    if (plain.empty()) continue;
    ASSERT_EQ(blocks.first(), *plain.begin());
    auto expected = plain.lower_bound(value);
    int some = 0;
    blocks.each_from(value, [&](int one) {
      EXPECT_EQ(one, *expected++);
      return ++some < 200;
    });
    ASSERT_TRUE(some == 200 || expected == plain.end()) << "round " << round;
  }
}

}  // namespace
}  // namespace mingyue::sched
