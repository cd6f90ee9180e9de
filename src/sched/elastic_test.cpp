#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/counted_plan.hpp"

// Jobs that say how many tasks at least and at most: in partitions that name the nodes of promises, and in those that
// count.
namespace mingyue::sched {
namespace {

using testing::Scene;

constexpr int many = static_cast<int>(counted_nodes);
constexpr Instant at(std::int64_t minute) { return Scene::zero + minutes(minute); }

std::size_t tasks_of(const Plan& plan, std::uint64_t job) {
  for (const Start& start : plan.starts)
    if (start.job == model::JobId(job)) return start.nodes.size();
  return 0;
}

const Wait& wait_of(const Plan& plan, std::uint64_t job) {
  for (const Wait& wait : plan.waits)
    if (wait.job == model::JobId(job)) return wait;
  static const Wait none;
  ADD_FAILURE() << "job " << job << " does not wait";
  return none;
}

TEST(Elastic, StartsWithTheMostTasksThatThereIsRoomFor) {
  Scene scene;
  scene.nodes(6, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).tasks(2, 8).cores(8).wall(120);
  EXPECT_EQ(tasks_of(scene.plan(), 2), 5u);
  scene.edit().waiting.back().tasks_most = 3;  // more is beyond its budget
  EXPECT_EQ(tasks_of(scene.plan(), 2), 3u);
}

TEST(Elastic, WaitsUntilItsFewestFitAndNoLonger) {
  Scene scene;
  scene.nodes(5, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.running(2).on("n1", 8).until(90);
  scene.running(3).on("n2", 8).on("n3", 8).until(200);
  scene.waiting(4).tasks(3, 5).cores(8).wall(120);
  const Plan plan = scene.plan();
  EXPECT_EQ(tasks_of(plan, 4), 0u);
  EXPECT_EQ(wait_of(plan, 4).promised, at(90));
  EXPECT_EQ(wait_of(plan, 4).promised_nodes.size(), 3u);
  EXPECT_THAT(*wait_of(plan, 4).args, ::testing::ElementsAre("nodes", "1", "3", ""));
}

TEST(Elastic, FillsAHoleAndDelaysNobodyWhoIsPromisedAStart) {
  Scene scene;
  scene.nodes(4, 8);
  scene.running(1).on("n0", 8).on("n1", 8).until(60);
  scene.waiting(2).tasks(4).cores(8).wall(60);
  scene.carry_out(scene.plan());
  Scene short_enough = scene;
  short_enough.waiting(3).tasks(1, 4).cores(8).wall(60);
  Plan plan = short_enough.plan();
  EXPECT_EQ(tasks_of(plan, 3), 2u);
  EXPECT_EQ(wait_of(plan, 2).promised, at(60));
  scene.waiting(3).tasks(1, 4).cores(8).wall(61);
  plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 2).promised, at(60));
  EXPECT_EQ(wait_of(plan, 3).promised, at(120));
}

TEST(Elastic, KeepsThePromiseOfASizeBetweenItsBounds) {
  Scene scene;
  scene.nodes(4, 8);
  scene.running(1).on("n0", 8).on("n1", 8).on("n2", 8).until(60);
  scene.running(2).on("n3", 8).until(300);
  scene.waiting(3).tasks(2, 4).cores(8).wall(60);
  Plan plan = scene.plan();
  ASSERT_EQ(wait_of(plan, 3).promised_nodes.size(), 3u);
  scene.carry_out(plan);
  scene.waiting(4).tasks(2).cores(8).wall(10);  // behind it
  plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3).promised, at(60));
  EXPECT_EQ(wait_of(plan, 3).promised_nodes.size(), 3u);
  EXPECT_EQ(wait_of(plan, 4).promised, at(120));
}

TEST(Elastic, OnlyTheElasticPartGrowsAndRanksStayInTheOrderOfParts) {
  Scene scene;
  scene.nodes(3, 8).nodes(1, 16);
  scene.waiting(1).tasks(1, 5).cores(8).and_part().tasks(1).cores(16);
  const Plan plan = scene.plan();
  ASSERT_EQ(plan.starts.size(), 1u);
  const auto& nodes = plan.starts[0].nodes;
  ASSERT_EQ(nodes.size(), 4u);
  EXPECT_EQ(nodes[3], model::NodeId(3));
}

TEST(Elastic, InALargePartitionToo) {
  Scene scene;
  scene.nodes(many, 8);
  auto running = scene.running(1);
  for (int i = 0; i < 10; ++i) running.on("n" + std::to_string(i), 8);
  running.until(60);
  Scene every = scene;
  every.waiting(2).tasks(many - 16, many - 1).cores(8).wall(120);  // 16 numbers: each is tried
  EXPECT_EQ(tasks_of(every.plan(), 2), many - 10u);
  scene.waiting(2).tasks(8, many).cores(8).wall(120);  // 121 numbers: at steps of eight
  const std::size_t tasks = tasks_of(scene.plan(), 2);
  EXPECT_LE(tasks, many - 10u);
  EXPECT_GT(tasks, many - 19u);
  scene.waiting(3).tasks(many - 9, many).cores(8).rank(1).wall(60);
  const Plan plan = scene.plan();
  EXPECT_EQ(tasks_of(plan, 3), 0u);
  EXPECT_EQ(wait_of(plan, 3).promised, at(60));
}

}  // namespace
}  // namespace mingyue::sched
