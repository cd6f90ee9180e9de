#include "sched/promised_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/prng.hpp"

namespace mingyue::sched {
namespace {

// Against a look at everyone.
TEST(PromisedLine, FindsTheFirstToGainInAnyWorld) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Prng prng(seed);
    PromisedLine line;
    std::map<PromisedLine::Place, PromisedLine::Entry> plain;
    const auto any = [&](std::uint64_t below) { return static_cast<std::int64_t>(prng.below(below)); };
    for (int round = 0; round < 3'000; ++round) {
      const PromisedLine::Place place{any(500), prng.below(3)};
      const Instant promised{1 + any(1'000'000)};
      const auto it = plain.find(place);
      if (it == plain.end()) {
        const PromisedLine::Entry entry{place, Duration{1 + any(prng.chance(1, 2) ? 10'000 : 300'000)}, promised,
                                        round};
        line.add(entry);
        plain.emplace(place, entry);
      } else if (prng.chance(1, 3)) {
        line.remove(place);
        plain.erase(it);
      } else {
        line.move(place, promised);
        it->second.promised = promised;
      }
      const Instant from{any(1'000'000)};
      const PromisedLine::Hole hole{from, Duration{any(300'000)},
                                    from + Duration{any(prng.chance(1, 2) ? 2'000 : 300'000)}};
      const PromisedLine::Place first{any(500), 0};
      const PromisedLine::Entry* wanted = nullptr;
      for (const auto& [p, entry] : plain) {
        if (p < first || entry.promised <= hole.from) continue;
        if (entry.wall > hole.wall_most && entry.promised > hole.slides) continue;
        wanted = &entry;
        break;
      }
      const PromisedLine::Entry* found = line.first_to_gain(hole, first);
      ASSERT_EQ(found == nullptr, wanted == nullptr) << "seed " << seed << " round " << round;
      if (found != nullptr) {
        ASSERT_EQ(found->slot, wanted->slot) << "seed " << seed << " round " << round;
      }
      std::size_t due = 0;
      line.each_due(from, [&](auto...) { ++due; });
      ASSERT_EQ(due, static_cast<std::size_t>(
                         std::ranges::count_if(plain, [&](const auto& one) { return one.second.promised <= from; })));
    }
  }
}

}  // namespace
}  // namespace mingyue::sched
