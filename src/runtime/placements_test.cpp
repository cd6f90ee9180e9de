#include "runtime/placements.hpp"

#include <gtest/gtest.h>

namespace mingyue::runtime {
namespace {

const model::AttemptId attempt{model::JobId{7}, 1};
const Instant begin{1'790'000'000'000};

/// What was asked, and what was passed on.
struct Asked {
  int times = 0;
  bool at_last = false;
  std::size_t passed_on = 0;
  bool room = false;

  void at(Placements& placements, Instant now) {
    placements.each_try(
        now,
        [&](const core::ReportPlaced& command) {
          ++times;
          at_last = command.at_last;
          return room;
        },
        [&](const ports::EngineReport&) { ++passed_on; });
  }
};

TEST(Placements, WaitForRoomWithAllThatIsSaidOfThem) {
  Placements placements;
  EXPECT_FALSE(placements.keeps(ports::Launched{attempt}, begin)) << "of one that waits for nothing";
  ASSERT_TRUE(placements.keeps(ports::Placed{attempt, {"n1"}}, begin));
  EXPECT_TRUE(placements.keeps(ports::Launched{attempt}, begin));
  Asked asked;
  asked.at(placements, begin + seconds(1));
  EXPECT_FALSE(placements.empty());
  EXPECT_EQ(asked.passed_on, 0U);
  asked.room = true;
  asked.at(placements, begin + seconds(2));
  EXPECT_TRUE(placements.empty());
  EXPECT_EQ(asked.passed_on, 1U);
  EXPECT_FALSE(asked.at_last);
}

TEST(Placements, OfAnAttemptThatEndedWaitNoLonger) {
  Placements placements;
  ASSERT_TRUE(placements.keeps(ports::Placed{attempt, {"n1"}}, begin));
  EXPECT_FALSE(placements.keeps(ports::Ended{attempt, {}}, begin)) << "the end is for the centre";
  EXPECT_TRUE(placements.empty());
}

TEST(Placements, OnNoNodeOfTheCentreAreGivenUpAfterPatience) {
  Placements placements;
  ASSERT_TRUE(placements.keeps(ports::Placed{attempt, {"elsewhere"}}, begin));
  Asked asked;
  asked.at(placements, begin + Placements::patience - milliseconds(1));
  EXPECT_FALSE(placements.empty());
  asked.at(placements, begin + Placements::patience);
  EXPECT_TRUE(asked.at_last);
  EXPECT_TRUE(placements.empty());
}

}  // namespace
}  // namespace mingyue::runtime
