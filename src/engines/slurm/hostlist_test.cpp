#include "engines/slurm/hostlist.hpp"

#include <gmock/gmock.h>

#include <random>

namespace mingyue::engines::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(Hostlist, IsExpandedInItsOrder) {
  EXPECT_THAT(expand_hostlist("node[1-3,7]"), Optional(ElementsAre("node1", "node2", "node3", "node7")));
  EXPECT_THAT(expand_hostlist("login,gpu[08-11]"), Optional(ElementsAre("login", "gpu08", "gpu09", "gpu10", "gpu11")));
  EXPECT_THAT(expand_hostlist("r[1-2]n[1-2].hpc"),
              Optional(ElementsAre("r1n1.hpc", "r1n2.hpc", "r2n1.hpc", "r2n2.hpc")));
  EXPECT_THAT(expand_hostlist("b,a,b"), Optional(ElementsAre("b", "a", "b")));
  EXPECT_THAT(expand_hostlist(""), Optional(IsEmpty()));
}

TEST(Hostlist, ThatIsNoneIsRefused) {
  for (const char* text : {"(null)", "None assigned", "n[1-", "n[3-1]", "n[]", "n[1-2", "n]1[", "a,,b", "a,", ",a",
                           "n[a-b]", "n[1-99999999]", "[1-2]x y", "n[1-1000]m[1-1000]"})
    EXPECT_EQ(expand_hostlist(text), std::nullopt) << text;
}

TEST(Hostlist, OfGarbageNeverDoesHarm) {
  std::mt19937 random(7);
  const std::string letters = "n0123456789[]-,.x ";
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto length = random() % 24; length > 0; --length) text += letters[random() % letters.size()];
    const auto names = expand_hostlist(text);
    EXPECT_LE(names.value_or(std::vector<std::string>{}).size(), hostlist_max);
  }
}

}  // namespace
}  // namespace mingyue::engines::slurm
