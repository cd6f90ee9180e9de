#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/sentence.hpp"

namespace mingyue::sched {
namespace {

using testing::a_snapshot;
using testing::Scene;

const Wait* wait_of(const Plan& plan, std::uint64_t job) {
  for (const Wait& wait : plan.waits)
    if (wait.job == model::JobId(job)) return &wait;
  return nullptr;
}

/// Minutes after zero; -1: now, -2: never.
std::int64_t start_of(const Plan& plan, std::uint64_t job) {
  for (const Start& start : plan.starts)
    if (start.job == model::JobId(job)) return -1;
  const Wait* wait = wait_of(plan, job);
  return wait != nullptr && wait->promised ? (*wait->promised - Scene::zero).raw() / 60'000 : -2;
}

std::uint32_t node_of(const Plan& plan, std::uint64_t job) {
  for (const Start& start : plan.starts)
    if (start.job == model::JobId(job)) return start.nodes.front().raw();
  return UINT32_MAX;
}

const IdleClasses& idle_of(const Plan& plan, const std::string& card_type = {}) {
  for (const IdleClasses& one : plan.idle)
    if (one.card_type == card_type) return one;
  return plan.idle.front();
}

TEST(Reservation, WorkThatEndsBeforeItUsesItsNodes) {
  Scene scene = a_snapshot().nodes(1, 8).reserve("repair", {"n0"}, {{60, 120}}, true);
  scene.waiting(1).cores(4).wall(59);
  scene.waiting(2).cores(4).wall(60);
  const Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), -1);
  EXPECT_EQ(start_of(plan, 2), 120) << "it would be there still when the repair begins";
  const Wait* wait = wait_of(plan, 2);
  ASSERT_NE(wait, nullptr);
  EXPECT_EQ(sentence(*wait, Language::en),
            "would run into reservation repair (from 2027-01-15T09:00:00Z); promised 2027-01-15T10:00:00Z");
  EXPECT_EQ(advice(*wait, Language::en), "with a wall limit of 59m it would start now");
  EXPECT_EQ(sentence(*wait, Language::zh),
            "会跑进预留 repair（自 2027-01-15T09:00:00Z 起）；预定 2027-01-15T10:00:00Z 开始");
}

TEST(Reservation, LongWorkStartsBesideItAndShortWorkOnItsNodes) {
  Scene scene = a_snapshot().nodes(2, 8).reserve("repair", {"n1"}, {{60, 120}}, true);
  scene.waiting(1).cores(8).wall(30);
  scene.waiting(2).cores(8).wall(600);
  const Plan plan = scene.plan();
  EXPECT_EQ(node_of(plan, 1), 1U) << "the node that closes soon serves the short one";
  EXPECT_EQ(node_of(plan, 2), 0U);
}

TEST(Reservation, NothingStartsInItAndItsNodesComeBackByThemselves) {
  Scene scene = a_snapshot().nodes(2, 8).reserve("repair", {"n0", "n1"}, {{60, 120}}, true);
  scene.now(70);
  scene.waiting(1).tasks(2).cores(8).wall(30);
  Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), 120);
  EXPECT_EQ(plan.replan_at, Scene::zero + minutes(120));
  EXPECT_EQ(sentence(*wait_of(plan, 1), Language::en),
            "nodes for it are in reservation repair until 2027-01-15T10:00:00Z; promised 2027-01-15T10:00:00Z");
  EXPECT_EQ(idle_of(plan), (IdleClasses{"main", "", 0, 0, 0})) << "in maintenance, they are not idle";
  scene.edit().reservations.clear();
  scene.now(120);
  EXPECT_EQ(start_of(scene.plan(), 1), -1);
}

TEST(Reservation, ItsJobsRunInsideItAndNowhereElse) {
  Scene scene = a_snapshot().nodes(3, 8).reserve("course", {"n1", "n2"}, {{60, 120}});
  scene.waiting(1).tasks(2).cores(8).wall(60).inside("course");
  scene.waiting(2).tasks(1).cores(8).wall(61).inside("course");
  scene.waiting(3).tasks(3).cores(8).wall(61).inside("course");
  Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), 60) << "two nodes are free now, and they are not its";
  EXPECT_EQ(sentence(*wait_of(plan, 1), Language::en),
            "its reservation course begins at 2027-01-15T09:00:00Z; promised 2027-01-15T09:00:00Z");
  EXPECT_EQ(sentence(*wait_of(plan, 2), Language::en), "its reservation course has no room for it any more");
  EXPECT_EQ(sentence(*wait_of(plan, 3), Language::en), "needs 3 nodes, its reservation course has at most 2");
  scene.now(60);
  plan = scene.plan();
  ASSERT_EQ(plan.starts.size(), 1U);
  EXPECT_EQ(plan.starts[0].nodes, (std::vector{model::NodeId(1), model::NodeId(2)}));
}

TEST(Reservation, WhatIsIdleInItIsPromised) {
  Scene scene = a_snapshot().nodes(3, 8).reserve("course", {"n1", "n2"}, {{0, 120}});
  scene.waiting(1).tasks(1).cores(4).wall(60).inside("course");
  const Plan plan = scene.plan();
  EXPECT_EQ(node_of(plan, 1), 1U);
  EXPECT_EQ(idle_of(plan), (IdleClasses{"main", "", 12, 0, 8}));
}

TEST(Reservation, BetweenItsWindowsTheNodesAreForEveryone) {
  Scene scene = a_snapshot().nodes(1, 8).reserve("nightly", {"n0"}, {{60, 120}, {180, 240}, {300, 360}}, true);
  scene.waiting(1).cores(8).wall(59);
  scene.waiting(2).cores(8).wall(59);
  scene.waiting(3).cores(8).wall(60);
  const Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), -1);
  EXPECT_EQ(start_of(plan, 2), 120);
  EXPECT_EQ(start_of(plan, 3), 360);
}

TEST(Reservation, HoldsBackWhatALongerTaskWouldTake) {
  Scene scene = a_snapshot().nodes(1, 8).reserve("repair", {"n0"}, {{60, 120}}, true);
  scene.waiting(1).cores(4).wall(90);
  EXPECT_EQ(idle_of(scene.plan()), (IdleClasses{"main", "", 8, 0, 0}));
}

TEST(Reservation, RunningWorkOnItsNodesGivesThemBackOnlyBehindIt) {
  Scene scene = a_snapshot().nodes(1, 8).reserve("course", {"n0"}, {{60, 120}});
  scene.now(70);
  scene.running(1).on("n0", 8).until(90);
  scene.waiting(2).cores(8).wall(10);
  scene.waiting(3).cores(8).wall(10).inside("course");
  const Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 2), 120);
  EXPECT_EQ(start_of(plan, 3), 90);
}

TEST(Reservation, AJobOfOneThatIsOverSaysSo) {
  Scene scene = a_snapshot().nodes(1, 8);
  scene.waiting(1).cores(8).blocked(Blocked::reservation_over, "course");
  EXPECT_EQ(sentence(*wait_of(scene.plan(), 1), Language::en), "its reservation course is over");
}

// --- a large partition, where nodes are counted ---

Scene a_large_one() {
  Scene scene = a_snapshot().nodes(200, 8);
  std::vector<std::string> some;
  for (int i = 100; i < 200; ++i) some.push_back("n" + std::to_string(i));
  return scene.reserve("repair", some, {{60, 120}}, true);
}

TEST(LargeReservation, ShortWorkUsesItsNodesAndLongWorkTheOthers) {
  Scene scene = a_large_one();
  scene.waiting(1).tasks(100).cores(8).wall(59);
  scene.waiting(2).tasks(100).cores(8).wall(600);
  const Plan plan = scene.plan();
  ASSERT_EQ(plan.starts.size(), 2U);
  for (const model::NodeId node : plan.starts[0].nodes) EXPECT_GE(node.raw(), 100U);
  for (const model::NodeId node : plan.starts[1].nodes) EXPECT_LT(node.raw(), 100U);
}

TEST(LargeReservation, NothingReachesIntoIt) {
  Scene scene = a_large_one();
  scene.waiting(1).tasks(100).cores(8).wall(600);
  scene.waiting(2).tasks(60).cores(8).wall(60);
  scene.waiting(3).tasks(60).cores(4).wall(59);
  const Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), -1);
  EXPECT_EQ(start_of(plan, 2), 120);
  EXPECT_EQ(start_of(plan, 3), -1);
  EXPECT_EQ(sentence(*wait_of(plan, 2), Language::en),
            "would run into reservation repair (from 2027-01-15T09:00:00Z); promised 2027-01-15T10:00:00Z");
}

TEST(LargeReservation, AGangMayStandOnBothHalves) {
  Scene scene = a_large_one();
  for (int i = 0; i < 50; ++i)
    scene.running(10 + static_cast<std::uint64_t>(i)).on("n" + std::to_string(i), 8).until(600);
  for (int i = 100; i < 150; ++i)
    scene.running(10 + static_cast<std::uint64_t>(i)).on("n" + std::to_string(i), 8).until(59);
  scene.waiting(1).tasks(80).cores(8).wall(59);
  EXPECT_EQ(start_of(scene.plan(), 1), -1) << "50 nodes are free in each half";
}

TEST(LargeReservation, WhileItIsOpenItsNodesAreNobodys) {
  Scene scene = a_large_one();
  scene.now(70);
  scene.waiting(1).tasks(150).cores(8).wall(30);
  scene.waiting(2).tasks(100).cores(2).wall(30);
  const Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), 120);
  EXPECT_EQ(start_of(plan, 2), -1);
  for (const model::NodeId node : plan.starts[0].nodes) EXPECT_LT(node.raw(), 100U);
  const IdleClasses& idle = idle_of(plan);
  EXPECT_EQ(idle.promised + idle.stranded + idle.unwanted, 100 * 8 - 200);
}

TEST(LargeReservation, ItsJobsRunInside) {
  Scene scene = a_snapshot().nodes(200, 8);
  std::vector<std::string> some;
  for (int i = 0; i < 150; ++i) some.push_back("n" + std::to_string(i));
  scene.reserve("course", some, {{60, 120}});
  scene.waiting(1).tasks(150).cores(8).wall(60).inside("course");
  EXPECT_EQ(start_of(scene.plan(), 1), 60);
  scene.now(60);
  scene.waiting(2).tasks(51).cores(8).wall(10);
  const Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), -1);
  EXPECT_EQ(start_of(plan, 2), 120);
}

// --- deadlines ---

TEST(Deadline, NearItsLatestStartAJobComesFirstInItsClass) {
  Scene scene = a_snapshot().nodes(1, 8);
  scene.edit().policy.deadline_margin = hours(2);
  scene.running(9).on("n0", 8).until(60);
  scene.waiting(1).cores(8).wall(60).since(-60);
  scene.waiting(2).cores(8).wall(60).deadline(4 * 60);
  scene.waiting(3).cores(8).wall(60).deadline(3 * 60 + 30);
  scene.waiting(4).cores(8).wall(60).rank(1);
  Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), 120) << "both deadlines are far";
  EXPECT_EQ(plan.replan_at, Scene::zero + minutes(30)) << "then one of them is near";
  scene.now(30);
  plan = scene.plan();
  EXPECT_EQ(start_of(plan, 4), 60) << "a higher class is not passed";
  EXPECT_EQ(start_of(plan, 3), 120);
  EXPECT_EQ(start_of(plan, 1), 180);
  scene.now(60);
  plan = scene.plan();
  EXPECT_EQ(start_of(plan, 3), 120) << "least time left first";
  EXPECT_EQ(start_of(plan, 2), 180);
  EXPECT_EQ(start_of(plan, 1), 240);
  EXPECT_GT(wait_of(plan, 2)->priority.deadline_term, 0);
  EXPECT_EQ(wait_of(plan, 2)->priority.total, wait_of(plan, 1)->priority.total);
}

TEST(Deadline, ThatCannotBeKeptAnyMoreCostsTheOthersNothing) {
  Scene scene = a_snapshot().nodes(1, 8);
  scene.running(9).on("n0", 8).until(60);
  scene.waiting(1).cores(8).wall(60);
  scene.waiting(2).cores(8).wall(60).deadline(100);
  scene.now(41);
  const Plan plan = scene.plan();
  EXPECT_EQ(start_of(plan, 1), 60);
  EXPECT_EQ(wait_of(plan, 2)->priority.deadline_term, 0);
}

}  // namespace
}  // namespace mingyue::sched
