#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/counted_plan.hpp"
#include "sched/sentence.hpp"

// Nodes that are kept for large gangs whose node was lost.
namespace mingyue::sched {
namespace {

using ::testing::ElementsAre;
using testing::Scene;

constexpr int many = static_cast<int>(counted_nodes);

std::vector<std::uint32_t> nodes_of(const Plan& plan, std::uint64_t job) {
  std::vector<std::uint32_t> nodes;
  for (const Start& start : plan.starts)
    if (start.job == model::JobId(job))
      for (const model::NodeId id : start.nodes) nodes.push_back(id.raw());
  return nodes;
}

const Wait& wait_of(const Plan& plan, std::uint64_t job) {
  for (const Wait& wait : plan.waits)
    if (wait.job == model::JobId(job)) return wait;
  static const Wait none;
  ADD_FAILURE() << "job " << job << " does not wait";
  return none;
}

TEST(Spares, OrdinaryWorkIsKeptOffThemAndToldSo) {
  Scene scene;
  scene.nodes(3, 8).spare("n2");
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).tasks(2).cores(8);
  scene.waiting(3).tasks(3).cores(8);
  scene.waiting(4).cores(8).wall(60);
  const Plan plan = scene.plan();
  EXPECT_THAT(nodes_of(plan, 4), ElementsAre(1)) << "beside the promise";
  EXPECT_EQ(wait_of(plan, 2).code, WaitCode::spares);
  EXPECT_EQ(sentence(wait_of(plan, 2)), "1 node is kept as a spare for large gangs; promised 2027-01-15T09:00:00Z");
  EXPECT_THAT(wait_of(plan, 2).promised_nodes, ElementsAre(model::NodeId(0), model::NodeId(1)));
  EXPECT_EQ(wait_of(plan, 3).code, WaitCode::spares) << "with them the partition would be large enough";
  EXPECT_FALSE(wait_of(plan, 3).promised);
}

TEST(Spares, AGangThatGoesOnStartsAtOnceOnWhatIsLeftAndOnASpare) {
  Scene scene;
  scene.nodes(4, 8).away("n1").spare("n3");
  scene.waiting(2).tasks(2).cores(8).rank(900);
  scene.waiting(5).tasks(3).cores(8).goes_on();
  const Plan plan = scene.plan();
  EXPECT_THAT(nodes_of(plan, 5), ElementsAre(0, 2, 3));
  EXPECT_THAT(nodes_of(plan, 2), ElementsAre());
}

TEST(Spares, PreemptibleWorkRunsThereUntilAGangNeedsThem) {
  Scene scene;
  scene.nodes(2, 8).spare("n1");
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).cores(8).preemptible();
  EXPECT_THAT(nodes_of(scene.plan(), 2), ElementsAre(1));

  Scene hit;
  hit.nodes(4, 8).away("n1").spare("n3");
  hit.running(1).on("n3", 8).until(600).preemptible(5).rank(100);
  hit.running(6).on("n0", 4).until(600).preemptible(0).rank(100);
  hit.waiting(5).tasks(2).cores(8).rank(100).goes_on();
  Plan plan = hit.plan();
  EXPECT_THAT(plan.preemptions, ElementsAre(Preemption{{model::JobId(1), 1}, model::JobId(5)}))
      << "who stands elsewhere is not asked";
  EXPECT_EQ(wait_of(plan, 5).code, WaitCode::preempting);
  EXPECT_EQ(wait_of(plan, 5).promised, Scene::zero + seconds(30));
  hit.carry_out(plan);
  EXPECT_TRUE(hit.plan().preemptions.empty());
}

TEST(Spares, WhatIsIdleThereIsPromised) {
  Scene scene;
  scene.nodes(2, 8, 4, "a100").spare("n1");
  EXPECT_THAT(scene.plan().idle, ElementsAre(IdleClasses{"main", "", 8, 0, 8}, IdleClasses{"main", "a100", 4, 0, 4}));
}

TEST(Spares, InALargePartitionToo) {
  Scene scene;
  scene.nodes(many + 4, 8);
  const std::string first = "n" + std::to_string(many + 2);
  const std::string last = "n" + std::to_string(many + 3);
  scene.spare(first).spare(last);
  for (int i = 3; i < many + 2; ++i)
    scene.running(100 + static_cast<std::uint64_t>(i)).on("n" + std::to_string(i), 8).until(600);
  EXPECT_EQ(scene.plan().idle[0].promised, 16);

  Scene ordinary = scene;
  ordinary.waiting(2).tasks(4).cores(8);
  Plan plan = ordinary.plan();
  EXPECT_EQ(wait_of(plan, 2).code, WaitCode::spares);
  EXPECT_THAT(*wait_of(plan, 2).args, ElementsAre("2"));
  EXPECT_EQ(wait_of(plan, 2).promised, Scene::zero + minutes(600));

  Scene goes_on = ordinary;
  goes_on.waiting(3).tasks(4).cores(8).goes_on();
  plan = goes_on.plan();
  ASSERT_EQ(nodes_of(plan, 3).size(), 4u);
  EXPECT_THAT(nodes_of(plan, 3), ::testing::IsSupersetOf({0u, 1u, 2u}));
  EXPECT_GE(nodes_of(plan, 3).back(), static_cast<std::uint32_t>(many) + 2);

  Scene busy = scene;
  busy.running(1).on(first, 8).until(600).preemptible(5);
  busy.running(2).on(last, 8).until(600).preemptible(1);
  busy.waiting(3).tasks(4).cores(8).goes_on();
  EXPECT_THAT(busy.plan().preemptions, ElementsAre(Preemption{{model::JobId(2), 1}, model::JobId(3)}));
}

}  // namespace
}  // namespace mingyue::sched
