#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/fair_share.hpp"

namespace mingyue::sched {
namespace {

using testing::Scene;

std::vector<std::uint64_t> ids(Scene& scene) {
  std::vector<std::uint64_t> result;
  for (const auto& [id, terms] : order(scene.snapshot())) result.push_back(id.raw());
  return result;
}

TEST(HalfPower, IsExactAtWholeNumbersAndNearBetween) {
  EXPECT_EQ(half_power(0), 1000);
  EXPECT_EQ(half_power(1 << 20), 500);
  EXPECT_EQ(half_power(1 << 19), 707);
  EXPECT_EQ(half_power(3 << 20), 125);
  EXPECT_EQ(half_power(std::int64_t{1} << 40), 0);
  std::int64_t last = 1000;
  for (std::int64_t x = 0; x < (std::int64_t{12} << 20); x += 9973) {
    EXPECT_LE(half_power(x), last);
    last = half_power(x);
  }
}

// The example at the end of https://slurm.schedmd.com/classic_fair_share.html. There, 30 % of the machine were idle;
// here, somebody outside the example used them.
TEST(FairShare, AgreesWithSlurmsWorkedExample) {
  Scene scene;
  scene.project("a", 400'000).project("d", 600'000).project("outside", 1);
  scene.project("b", 30, "a").project("c", 10, "a").project("e", 25, "d").project("f", 35, "d");
  scene.used("b", 2000).used("b/1", 2000).used("c", 2500).used("c/2", 2500).used("c/3", 0);
  scene.used("e", 2500).used("e/4", 2500).used("f/5", 0).used("outside", 3000);
  const FairShare fair_share(scene.snapshot());
  EXPECT_EQ(fair_share.factor("b", "1"), 408);
  EXPECT_EQ(fair_share.factor("c", "2"), 22);
  EXPECT_EQ(fair_share.factor("c", "3"), 125);
  EXPECT_EQ(fair_share.factor("e", "4"), 500);
  EXPECT_EQ(fair_share.factor("f", "5"), 749);
}

TEST(FairShare, IsFullWhileNobodyUsesAnything) {
  Scene scene;
  scene.project("a", 1);
  EXPECT_EQ(FairShare(scene.snapshot()).factor("a", "anyone"), 1000);
  EXPECT_EQ(FairShare(scene.snapshot()).factor("unheard-of", "anyone"), 1000);
}

TEST(FairShare, RunningWorkCountsFromItsStart) {
  Scene scene;
  scene.nodes(1, 8, 4, "a100").project("a", 1).project("b", 1);
  scene.running(1).on("n0", 1, 1).until(60).by("a", "x");
  EXPECT_EQ(FairShare(scene.snapshot()).factor("a", "x"), 250);  // all of the use with half of the shares
  EXPECT_EQ(FairShare(scene.snapshot()).factor("b", "y"), 1000);
}

TEST(FairShare, ARingOfProjectsIsCutWhereItsFirstNameIs) {
  Scene scene;
  scene.project("a", 1, "b").project("b", 1, "a").project("c", 1).used("c", 10);
  const FairShare fair_share(scene.snapshot());
  EXPECT_EQ(fair_share.factor("a", "x"), 1000);
  EXPECT_EQ(fair_share.factor("b", "x"), 1000);
  EXPECT_EQ(fair_share.factor("c", "x"), 250);
}

TEST(Order, ClassComesFirstThenShareThenIds) {
  Scene scene;
  scene.nodes(1, 8).project("heavy", 1).project("light", 1).used("heavy", 100);
  scene.waiting(1).by("heavy", "x");
  scene.waiting(2).by("light", "y");
  scene.waiting(3).by("heavy", "x").rank(500);
  scene.waiting(4).by("light", "y");
  EXPECT_THAT(ids(scene), ::testing::ElementsAre(3, 2, 4, 1));
}

TEST(Order, AgeGrowsUpToItsMaximum) {
  Scene scene;
  scene.nodes(1, 8).now(14 * 24 * 60);
  scene.waiting(1).since(14 * 24 * 60);
  scene.waiting(2).since(14 * 24 * 60 - 12 * 60);
  scene.waiting(3).since(0);
  const auto result = order(scene.snapshot());
  EXPECT_EQ(result[0].first, model::JobId(3));
  EXPECT_EQ(result[0].second.age_term, 300 * 1000);
  EXPECT_EQ(result[1].first, model::JobId(2));
  EXPECT_EQ(result[1].second.age_term, 300 * 1000 / 14);  // half a day of seven
  EXPECT_EQ(result[2].second.age_term, 0);
}

TEST(Order, ShortAndSmallWorkGoesFirstAndNothingWaitsForEver) {
  Scene scene;
  scene.nodes(4, 8).now(0);
  scene.edit().policy.shortest_first = hours(4);
  scene.waiting(1).since(-60).wall(600);        // put back by all that may be: 4 hours
  scene.waiting(2).since(0).wall(10);           // by 20 minutes: goes before, though it came an hour later
  scene.waiting(3).since(0).wall(10).cores(8);  // the same, and larger
  scene.waiting(4).since(-5 * 60).wall(600);    // came four hours before: nothing goes before it that came now
  EXPECT_THAT(ids(scene), ::testing::ElementsAre(4, 2, 3, 1));
  scene.edit().policy.shortest_first = {};
  EXPECT_THAT(ids(scene), ::testing::ElementsAre(4, 1, 2, 3));
}

TEST(Order, SizeIsThePartOfThePartitionThatTheGangTakes) {
  Scene scene;
  scene.nodes(4, 16, 8, "a100");  // a card weighs two cores: 4 × (16 + 16) in all
  scene.edit().policy.weight_size = 100;
  scene.waiting(1).cores(1);
  scene.waiting(2).tasks(2).cores(16).cards(8);
  const auto result = order(scene.snapshot());
  EXPECT_EQ(result[0].first, model::JobId(2));
  EXPECT_EQ(result[0].second.size_term, 100 * 500);
  EXPECT_EQ(result[1].second.size_term, 100 * 7);
}

TEST(Order, MeritIsAVisibleTerm) {
  Scene scene;
  scene.nodes(1, 8).project("plain", 1, "", 100).project("prize", 1, "", 900);
  scene.waiting(1).by("plain", "x");
  scene.waiting(2).by("prize", "x");
  const auto result = order(scene.snapshot());
  EXPECT_EQ(result[0].first, model::JobId(2));
  EXPECT_EQ(result[0].second.merit_term, 300 * 900);
  for (const auto& [id, terms] : result)
    EXPECT_EQ(terms.total,
              terms.class_term + terms.fair_share_term + terms.age_term + terms.size_term + terms.merit_term);
}

}  // namespace
}  // namespace mingyue::sched
