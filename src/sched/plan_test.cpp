#include "sched/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/sentence.hpp"

namespace mingyue::sched {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Scene;

constexpr Instant at(std::int64_t minute) { return Scene::zero + minutes(minute); }

const Start* start_of(const Plan& plan, std::uint64_t job) {
  for (const Start& start : plan.starts)
    if (start.job == model::JobId(job)) return &start;
  return nullptr;
}

Wait wait_of(const Plan& plan, std::uint64_t job) {
  for (const Wait& wait : plan.waits)
    if (wait.job == model::JobId(job)) return wait;
  ADD_FAILURE() << "job " << job << " does not wait";
  return {};
}

std::vector<std::uint32_t> nodes(const Start* start) {
  std::vector<std::uint32_t> result;
  if (start != nullptr)
    for (const model::NodeId id : start->nodes) result.push_back(id.raw());
  return result;
}

// The scenario of the style guide: backfill may use a hole, but the head of the queue starts when promised.
TEST(Plan, BackfillUsesAHoleAndTheHeadStartsWhenPromised) {
  Scene scene;
  scene.nodes(3, 8, 8, "a100");
  scene.waiting(1).tasks(2).cards(8).wall(120);
  Plan plan = scene.plan();
  EXPECT_THAT(nodes(start_of(plan, 1)), ElementsAre(0, 1));
  EXPECT_FALSE(start_of(plan, 1)->backfill);
  scene.carry_out(plan);

  scene.now(10).waiting(2).tasks(3).cards(8).wall(60);
  plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 2).promised, at(120));
  EXPECT_EQ(sentence(wait_of(plan, 2)), "1 of 3 nodes free; promised 2027-01-15T10:00:00Z");
  EXPECT_EQ(plan.replan_at, at(120));
  scene.carry_out(plan);

  scene.now(20).waiting(3).cards(8).wall(180);
  plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).code, WaitCode::would_delay);
  EXPECT_EQ(sentence(wait_of(plan, 3)), "would delay job 2 by 1h20m");
  EXPECT_EQ(advice(wait_of(plan, 3)), "with a wall limit of 1h40m it would start now");
  scene.carry_out(plan);

  scene.now(30).waiting(4).cards(8).wall(60);
  plan = scene.plan();
  EXPECT_THAT(nodes(start_of(plan, 4)), ElementsAre(2));
  EXPECT_TRUE(start_of(plan, 4)->backfill);
  EXPECT_EQ(wait_of(plan, 2).promised, at(120));
  scene.carry_out(plan);

  scene.end({model::JobId(4), 1});
  scene.end({model::JobId(1), 1});
  plan = scene.now(120).plan();
  EXPECT_THAT(nodes(start_of(plan, 2)), ElementsAre(0, 1, 2));
  EXPECT_FALSE(start_of(plan, 2)->backfill);
}

TEST(Plan, NothingWaitsNothingHappens) {
  Scene scene;
  scene.nodes(2, 8);
  const Plan plan = scene.plan();
  EXPECT_THAT(plan.starts, IsEmpty());
  EXPECT_THAT(plan.waits, IsEmpty());
  EXPECT_EQ(plan.replan_at, std::nullopt);
  EXPECT_THAT(plan.idle, ElementsAre(IdleClasses{"main", "", 0, 0, 16}));
}

TEST(Plan, ACentreWithoutNodesTellsWhy) {
  Scene scene;
  scene.waiting(1);
  EXPECT_EQ(sentence(wait_of(scene.plan(), 1)), "needs 1 core, its partition has at most 0");
}

TEST(Plan, SharedNodesHoldAsManyAsFit) {
  Scene scene;
  scene.nodes(1, 8);
  for (std::uint64_t id = 1; id <= 5; ++id) scene.waiting(id).cores(2);
  const Plan plan = scene.plan();
  EXPECT_EQ(plan.starts.size(), 4U);
  EXPECT_EQ(wait_of(plan, 5).promised, at(60));
  EXPECT_EQ(sentence(wait_of(plan, 5)), "needs 2 cores, 0 are free; promised 2027-01-15T09:00:00Z");
}

TEST(Plan, MemoryCountsAsMuchAsCores) {
  Scene scene;
  scene.node("n0", 8, 0, "", "", Bytes(std::int64_t{4} << 30));
  scene.running(1).on("n0", 1, 0, Bytes(std::int64_t{3} << 30)).until(30);
  scene.waiting(2).memory(Bytes(std::int64_t{2} << 30));
  const Wait wait = wait_of(scene.plan(), 2);
  EXPECT_EQ(wait.args->at(0), "memory");
  EXPECT_EQ(wait.promised, at(30));
}

TEST(Plan, AGangStartsTogetherOrNotAtAll) {
  Scene scene;
  scene.nodes(3, 8);
  scene.running(1).on("n0", 8).until(90);
  scene.waiting(2).tasks(3).cores(8);
  const Plan plan = scene.plan();
  EXPECT_THAT(plan.starts, IsEmpty());
  EXPECT_EQ(wait_of(plan, 2).promised, at(90));
  EXPECT_EQ(wait_of(plan, 2).promised_nodes.size(), 3U);
}

TEST(Plan, PartsOfDifferentNeedsStartTogether) {
  Scene scene;
  scene.node("head", 16).node("c0", 8, 4, "a100").node("c1", 8, 4, "a100");
  scene.waiting(1).cores(12).and_part().tasks(2).cores(1).cards(4);
  EXPECT_THAT(nodes(start_of(scene.plan(), 1)), ElementsAre(0, 1, 2));
  scene.running(9).on("c1", 0, 1).until(45);
  EXPECT_EQ(wait_of(scene.plan(), 1).promised, at(45));
}

TEST(Plan, CardsOfAnyTypeAreAllOfOneType) {
  Scene scene;
  scene.node("a", 8, 4, "a100").node("h", 8, 4, "h100");
  scene.waiting(1).tasks(2).cards(3);
  EXPECT_EQ(wait_of(scene.plan(), 1).code, WaitCode::too_large);
  scene.node("h2", 8, 4, "h100");
  EXPECT_THAT(nodes(start_of(scene.plan(), 1)), ElementsAre(1, 2));
}

TEST(Plan, UnavailableNodesAreNotUsed) {
  Scene scene;
  scene.nodes(2, 8).away("n0");
  scene.waiting(1).cores(8);
  EXPECT_THAT(nodes(start_of(scene.plan(), 1)), ElementsAre(1));
}

TEST(Plan, PartitionsDoNotShareNodes) {
  Scene scene;
  scene.nodes(1, 8).partition("other").node("m0", 8);
  scene.waiting(1).cores(8).in(1);
  scene.waiting(2).cores(8).in(1);
  const Plan plan = scene.plan();
  EXPECT_THAT(nodes(start_of(plan, 1)), ElementsAre(1));
  EXPECT_EQ(wait_of(plan, 2).change, ChangeCode::other_partition);
  EXPECT_EQ(advice(wait_of(plan, 2)), "in partition main it would start now");
}

// The trap: if the head's three nodes were chosen as the first three, the idle ones would be reserved and nothing could
// use them.
TEST(Plan, PromisesPreferNodesThatHaveJustComeFree) {
  Scene scene;
  scene.nodes(4, 8);
  scene.running(1).on("n2", 8).until(120);
  scene.running(2).on("n3", 8).until(120);
  scene.waiting(3).tasks(3).cores(8);
  scene.waiting(4).cores(8).wall(600);
  const Plan plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).promised, at(120));
  EXPECT_NE(start_of(plan, 4), nullptr);
}

TEST(Plan, EqualPriorityGoesByIdAndPlacesCount) {
  Scene scene;
  scene.nodes(1, 8);
  scene.running(9).on("n0", 8).until(30);
  for (std::uint64_t id = 1; id <= 3; ++id) scene.waiting(id).cores(8).wall(10);
  const Plan plan = scene.plan();
  for (std::int32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(plan.waits[static_cast<std::size_t>(i)].place, i + 1);
    EXPECT_EQ(plan.waits[static_cast<std::size_t>(i)].promised, at(30 + 10 * i));
  }
}

// Graham's anomaly. A needs everything, B half. An early end lets A be planned before B finishes, and B would move from
// 5 to 105.
TEST(Plan, AnEarlyEndDoesNotMoveAPromiseLater) {
  Scene scene;
  scene.nodes(1, 4);
  scene.running(1).on("n0", 2).until(10);
  scene.running(2).on("n0", 2).until(5);
  scene.waiting(3).cores(4).wall(100);
  scene.waiting(4).cores(2).wall(5);
  Plan plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).promised, at(10));
  EXPECT_EQ(wait_of(plan, 4).promised, at(5));
  scene.carry_out(plan);
  scene.now(3).end({model::JobId(1), 1});
  plan = scene.plan();
  EXPECT_NE(start_of(plan, 4), nullptr);        // moved to now,
  EXPECT_EQ(wait_of(plan, 3).promised, at(8));  // which lets A move too

  scene.edit().promises.clear();  // without the promises kept, B loses
  plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).promised, at(5));
  EXPECT_EQ(wait_of(plan, 4).promised, at(105));
}

TEST(Plan, ANewJobAboveMayMoveAPromise) {
  Scene scene;
  scene.nodes(1, 8);
  scene.running(1).on("n0", 8).until(30);
  scene.waiting(2).cores(8).wall(60);
  scene.carry_out(scene.plan());
  scene.waiting(3).cores(8).wall(60).rank(500);
  const Plan plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).promised, at(30));
  EXPECT_EQ(wait_of(plan, 2).promised, at(90));
}

TEST(Plan, ABrokenPromiseIsPlannedAfreshAndOthersKeepTheirs) {
  Scene scene;
  scene.nodes(2, 8);
  scene.running(1).on("n0", 8).until(30);
  scene.running(2).on("n1", 8).until(40);
  scene.waiting(3).cores(8).wall(60);
  scene.waiting(4).cores(8).wall(60);
  Plan plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).promised, at(30));
  EXPECT_EQ(wait_of(plan, 4).promised, at(40));
  scene.carry_out(plan);
  scene.away("n0");
  plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).promised, at(40));
  EXPECT_EQ(wait_of(plan, 4).promised, at(100));
}

TEST(Plan, ARetryIsPlannedForTheTimeOfItsDelay) {
  Scene scene;
  scene.nodes(1, 8);
  scene.waiting(1).cores(8).retries_at(15);
  scene.waiting(2).cores(8).wall(20);
  const Plan plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 1).code, WaitCode::retry_delay);
  EXPECT_EQ(wait_of(plan, 1).promised, at(15));
  EXPECT_EQ(wait_of(plan, 2).code, WaitCode::would_delay);
  EXPECT_EQ(wait_of(plan, 2).promised, at(75));
  EXPECT_EQ(plan.replan_at, at(15));
}

}  // namespace
}  // namespace mingyue::sched
