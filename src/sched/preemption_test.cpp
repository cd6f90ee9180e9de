#include "sched/preemption.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/sentence.hpp"

namespace mingyue::sched {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Scene;

std::vector<std::uint64_t> victims(const Plan& plan) {
  std::vector<std::uint64_t> jobs;
  for (const Preemption& preemption : plan.preemptions) jobs.push_back(preemption.attempt.job.raw());
  return jobs;
}

/// One node of 8 cores, full of preemptible work.
Scene full_node() {
  Scene scene;
  scene.nodes(1, 8);
  return scene;
}

TEST(Preemption, AsksForLeastUnsavedWork) {
  Scene scene = full_node();
  scene.running(1).on("n0", 4).until(600).preemptible(50);
  scene.running(2).on("n0", 4).until(600).preemptible(5);
  scene.waiting(3).cores(4).rank(10).preempts();
  const Plan plan = scene.plan();
  EXPECT_THAT(victims(plan), ElementsAre(2));
  EXPECT_EQ(plan.preemptions[0].by, model::JobId(3));
  EXPECT_THAT(plan.starts, IsEmpty());
  EXPECT_EQ(plan.waits[0].code, WaitCode::preempting);
  EXPECT_EQ(plan.waits[0].promised, Scene::zero + seconds(30));
  EXPECT_EQ(sentence(plan.waits[0]), "2.1 was asked to end for it; promised 2027-01-15T08:00:30Z");
}

TEST(Preemption, ThenForFewestAttemptsThenForTheNewest) {
  Scene scene = full_node();
  scene.running(1).on("n0", 2).until(600).preemptible(0);
  scene.running(2).on("n0", 2).until(600).preemptible(0);
  scene.running(3).on("n0", 4).until(600).preemptible(0);
  scene.waiting(9).cores(4).rank(10).preempts();
  EXPECT_THAT(victims(scene.plan()), ElementsAre(3));
  Scene pair = full_node();
  for (std::uint64_t id = 1; id <= 4; ++id) pair.running(id).on("n0", 2).until(600).preemptible(7);
  pair.waiting(9).cores(4).rank(10).preempts();
  EXPECT_THAT(victims(pair.plan()), ElementsAre(3, 4));
}

TEST(Preemption, ManySmallCanBeDearerThanOneLarge) {
  Scene scene = full_node();
  scene.nodes(1, 8);
  scene.running(1).on("n0", 8).until(600).preemptible(5);  // 8 × 5
  scene.running(2).on("n1", 4).until(600).preemptible(6);  // 2 × 4 × 6
  scene.running(3).on("n1", 4).until(600).preemptible(6);
  scene.waiting(9).cores(8).rank(10).preempts();
  EXPECT_THAT(victims(scene.plan()), ElementsAre(1));
}

TEST(Preemption, GangsTakeVictimsOnSeveralNodes) {
  Scene scene;
  scene.nodes(3, 8);
  for (std::uint64_t id = 0; id < 3; ++id)
    scene.running(id + 1)
        .on("n" + std::to_string(id), 8)
        .until(600)
        .preemptible(static_cast<std::int64_t>(10 * (3 - id)));
  scene.waiting(9).tasks(2).cores(8).rank(10).preempts();
  EXPECT_THAT(victims(scene.plan()), ElementsAre(2, 3));
}

TEST(Preemption, NobodyOfEqualRankAndNobodyUnwilling) {
  Scene scene = full_node();
  scene.running(1).on("n0", 4).until(600).preemptible(0).rank(10);
  scene.running(2).on("n0", 4).until(600);
  scene.waiting(3).cores(4).rank(10).preempts();
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
}

TEST(Preemption, OnlyByAClassThatMay) {
  Scene scene = full_node();
  scene.running(1).on("n0", 8).until(600).preemptible(0);
  scene.waiting(3).cores(4).rank(10);
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
}

TEST(Preemption, NotIfItWouldNotFitAfterAll) {
  Scene scene = full_node();
  scene.running(1).on("n0", 2).until(600).preemptible(0);
  scene.running(2).on("n0", 6).until(600);
  scene.waiting(3).cores(4).rank(10).preempts();
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
}

TEST(Preemption, NotIfWaitingIsAsFast) {
  Scene scene = full_node();
  scene.running(1).on("n0", 4).until(600).preemptible(0, 90);
  scene.running(2).on("n0", 4).until(1);
  scene.waiting(3).cores(4).rank(10).preempts();
  const Plan plan = scene.plan();
  EXPECT_THAT(plan.preemptions, IsEmpty());
  EXPECT_EQ(plan.waits[0].promised, Scene::zero + minutes(1));
}

TEST(Preemption, NobodyIsAskedTwiceForTheSameRoom) {
  Scene scene = full_node();
  scene.running(1).on("n0", 4).until(600).preemptible(5);
  scene.running(2).on("n0", 4).until(600).preemptible(5);
  scene.waiting(3).cores(4).rank(10).preempts();
  Plan plan = scene.plan();
  EXPECT_THAT(victims(plan), ElementsAre(2));
  scene.carry_out(plan);
  plan = scene.plan();
  EXPECT_THAT(plan.preemptions, IsEmpty());
  EXPECT_EQ(plan.waits[0].code, WaitCode::preempting);
  EXPECT_THAT(*plan.waits[0].args, ElementsAre("2.1"));
  // Another one needs a victim of its own.
  scene.waiting(4).cores(4).rank(10).preempts();
  EXPECT_THAT(victims(scene.plan()), ElementsAre(1));
}

TEST(Preemption, EndingWorkOfAShorterGraceElsewhereIsLeftAlone) {
  Scene scene = full_node();
  scene.nodes(1, 8);
  scene.running(1).on("n0", 8).until(2).preemptible(0).ending();
  scene.running(2).on("n1", 8).until(600).preemptible(0, 1);
  scene.waiting(3).cores(8).rank(10).preempts();
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
}

TEST(Preemption, LowerPromisesGiveWay) {
  Scene scene = full_node();
  scene.running(1).on("n0", 8).until(60).preemptible(0);
  scene.waiting(2).cores(8).wall(60);
  scene.carry_out(scene.plan());
  scene.waiting(3).cores(8).wall(90).rank(10).preempts();
  const Plan plan = scene.plan();
  EXPECT_THAT(victims(plan), ElementsAre(1));
  EXPECT_EQ(plan.waits[1].job, model::JobId(2));
  EXPECT_EQ(plan.waits[1].promised, Scene::zero + seconds(30) + minutes(90));
}

TEST(Preemption, ManyVictimsAreChosenByRuleOfThumb) {
  Scene scene;
  scene.nodes(1, 32);
  for (std::uint64_t id = 1; id <= 16; ++id)
    scene.running(id).on("n0", 2).until(600).preemptible(static_cast<std::int64_t>(id));
  scene.waiting(99).cores(8).rank(10).preempts();
  EXPECT_THAT(victims(scene.plan()), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace mingyue::sched
