#include "base/id_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/codec.hpp"
#include "base/prng.hpp"
#include "base/quantity.hpp"

namespace mingyue {
namespace {

using Number = Id<struct NumberTag>;
using Names = IdMap<Number, std::string>;

TEST(IdMap, HoldsItsIdsInOrderWhateverTheOrderOfTheirComing) {
  Names names;
  names.emplace(Number{200}, "c");
  names.emplace(Number{7}, "a");
  names.emplace(Number{63}, "b");
  std::string all;
  for (const auto& [id, name] : names) all += std::to_string(id.raw()) + name + " ";
  EXPECT_EQ(all, "7a 63b 200c ");
  EXPECT_FALSE(names.emplace(Number{63}, "other").second);
  EXPECT_EQ(names.at(Number{63}), "b");
  EXPECT_THROW((void)names.at(Number{64}), std::out_of_range);
}

/// The obvious map, beside it: ids counted up, most removed soon, some late.
TEST(IdMap, AgreesWithAnOrderedMapOverALongLife) {
  Prng prng(7);
  Names names;
  std::map<Number, std::string> expected;
  std::uint64_t next = 1'000;
  for (int step = 0; step < 20'000; ++step) {
    if (prng.below(2) == 0) {
      const Number id{next++};
      names.emplace(id, std::to_string(id.raw()));
      expected.emplace(id, std::to_string(id.raw()));
    } else if (!expected.empty()) {
      const Number from{next - 1 - prng.below(300)};
      EXPECT_EQ(names.erase(from), expected.erase(from));
      const Number probe{next - prng.below(900)};
      const auto at_least = expected.lower_bound(probe);
      const auto found = names.lower_bound(probe);
      ASSERT_EQ(found == names.end(), at_least == expected.end());
      if (at_least != expected.end()) {
        ASSERT_EQ(found->first, at_least->first);
      }
      if (at_least != expected.begin()) {
        auto before = found;
        ASSERT_EQ((--before)->first, std::prev(at_least)->first);
      }
    }
    ASSERT_EQ(names.size(), expected.size());
  }
  auto it = names.begin();
  for (const auto& [id, name] : expected) {
    ASSERT_EQ(it->first, id);
    ASSERT_EQ((it++)->second, name);
  }
  EXPECT_TRUE(it == names.end());
  const Names copy = names;
  EXPECT_EQ(copy, names);
  EXPECT_EQ(codec::encode(names), codec::encode(expected));
  EXPECT_EQ(codec::decode<Names>(codec::encode(expected)), names);
}

}  // namespace
}  // namespace mingyue
