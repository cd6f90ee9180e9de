#include "sched/counted_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sched/a_snapshot.hpp"

namespace mingyue::sched {
namespace {

using testing::Scene;

constexpr int many = static_cast<int>(counted_nodes);

const Wait* wait_of(const Plan& plan, std::uint64_t job) {
  for (const Wait& wait : plan.waits)
    if (wait.job == model::JobId(job)) return &wait;
  return nullptr;
}
const Start* start_of(const Plan& plan, std::uint64_t job) {
  for (const Start& start : plan.starts)
    if (start.job == model::JobId(job)) return &start;
  return nullptr;
}

TEST(CountedPlan, AGangIsPromisedAndWhatFitsBeforeItStarts) {
  Scene scene;
  scene.nodes(many, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).tasks(many).cores(8).wall(120);     // all nodes: in an hour
  scene.waiting(3).tasks(many - 1).cores(8).wall(60);  // until then
  scene.waiting(4).tasks(1).cores(8).wall(61);         // would be in its way
  const Plan plan = scene.plan();
  ASSERT_NE(start_of(plan, 3), nullptr);
  EXPECT_TRUE(start_of(plan, 3)->backfill);
  EXPECT_EQ(start_of(plan, 3)->nodes.size(), many - 1u);
  EXPECT_EQ(wait_of(plan, 2)->promised, Scene::zero + hours(1));
  EXPECT_EQ(wait_of(plan, 2)->code, WaitCode::resources);
  EXPECT_EQ(wait_of(plan, 4)->promised, Scene::zero + hours(3));
  EXPECT_EQ(start_of(plan, 4), nullptr);
}

TEST(CountedPlan, WhoCouldStartAndMayNotIsToldForWhomTheRoomIsKept) {
  Scene scene;
  scene.nodes(many, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).tasks(many).cores(8).wall(120);
  scene.waiting(3).cores(8).wall(61);
  const Plan plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 3)->code, WaitCode::would_delay);
  EXPECT_THAT(*wait_of(plan, 3)->args, ::testing::ElementsAre("2", ""));
}

TEST(CountedPlan, PartsOfAJobStartTogetherAndRanksStandTogether) {
  Scene scene;
  scene.nodes(many, 8).nodes(2, 8, 4, "a100");
  scene.waiting(1).tasks(2).cores(4).cards(2, "a100").and_part().tasks(20).cores(8);
  const Plan plan = scene.plan();
  const Start* start = start_of(plan, 1);
  ASSERT_NE(start, nullptr);
  ASSERT_EQ(start->nodes.size(), 22u);
  EXPECT_EQ(start->nodes[0], start->nodes[1]);  // both on one node of two cards each
  EXPECT_GE(start->nodes[0].raw(), counted_nodes);
  for (std::size_t i = 2; i < 22; ++i) EXPECT_LT(start->nodes[i].raw(), counted_nodes);
}

TEST(CountedPlan, WhoMayPreemptTakesTheCheapestAndOnlyAsManyAsItTakes) {
  Scene scene;
  scene.nodes(many, 8);
  for (int i = 0; i < many; ++i) {
    scene.running(static_cast<std::uint64_t>(i) + 1).on("n" + std::to_string(i), 8).until(600).preemptible(i + 1, 30);
  }
  scene.waiting(1'000).tasks(3).cores(8).rank(900).preempts();
  Plan plan = scene.plan();
  ASSERT_EQ(plan.preemptions.size(), 3u);
  std::vector<std::uint64_t> victims;
  for (const Preemption& one : plan.preemptions) victims.push_back(one.attempt.job.raw());
  EXPECT_THAT(victims, ::testing::UnorderedElementsAre(1, 2, 3));
  EXPECT_EQ(wait_of(plan, 1'000)->code, WaitCode::preempting);
  EXPECT_EQ(wait_of(plan, 1'000)->promised, Scene::zero + seconds(30));
  scene.carry_out(plan);
  plan = scene.plan();
  EXPECT_TRUE(plan.preemptions.empty()) << "nobody is asked twice, and nobody else for the same";
  EXPECT_EQ(wait_of(plan, 1'000)->code, WaitCode::preempting);
}

TEST(CountedPlan, IdleAddsUp) {
  Scene scene;
  scene.nodes(many, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).tasks(many).cores(8).wall(120);
  const Plan plan = scene.plan();
  ASSERT_EQ(plan.idle.size(), 1u);
  EXPECT_EQ(plan.idle[0].promised + plan.idle[0].stranded + plan.idle[0].unwanted, (many - 1) * 8);
  EXPECT_EQ(plan.idle[0].promised, (many - 1) * 8);
}

// Whole lives of random worlds: nothing is given out twice, everybody who can run runs in the end.
TEST(CountedPlan, NoRoomIsGivenTwiceAndEverybodyRunsInTheEnd) {
  std::mt19937_64 draw(7);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(draw() % static_cast<unsigned>(high - low + 1));
  };
  for (int round = 0; round < 30; ++round) {
    Scene scene;
    scene.nodes(many, 8).nodes(10, 16, 4, "a100");
    std::uint64_t next = 1;
    int minute = 0;
    for (int step = 0; step < 400; ++step) {
      for (int n = step < 40 ? pick(0, 6) : 0; n > 0; --n) {
        auto job = scene.waiting(next++);
        job.wall(pick(1, 300)).since(minute);
        const int kind = pick(0, 9);
        if (kind == 0) job.tasks(pick(1, 10)).cores(pick(1, 16)).cards(pick(1, 4), "a100");
        if (kind == 1) job.tasks(pick(1, 3)).cores(2).and_part().tasks(pick(1, 40)).cores(8);
        if (kind == 2) job.tasks(pick(2, 20)).cores(3).place(model::Placement::spread);
        if (kind > 2) job.tasks(pick(1, kind > 7 ? many : 8)).cores(pick(1, 8));
      }
      const Plan plan = scene.plan();
      scene.carry_out(plan);
      for (const NodeView& node : scene.snapshot().nodes) {
        ASSERT_TRUE(fits(Room{}, node.free)) << "round " << round << ": node " << node.name << " is given out twice";
      }
      for (const Start& start : plan.starts)
        EXPECT_EQ(scene.snapshot().now, Scene::zero + minutes(minute)) << start.job.raw();
      if (scene.snapshot().waiting.empty() && step > 40) break;
      // Time goes on to the next end; some end earlier than they may.
      minute += pick(1, 20);
      scene.now(minute);
      std::vector<model::AttemptId> over;
      for (const RunningView& run : scene.snapshot().running) {
        if (run.ends_by <= scene.snapshot().now || pick(0, 30) == 0) over.push_back(run.attempt);
      }
      for (const model::AttemptId attempt : over) scene.end(attempt);
    }
    EXPECT_TRUE(scene.snapshot().waiting.empty())
        << "round " << round << ": " << scene.snapshot().waiting.size() << " wait";
  }
}

}  // namespace
}  // namespace mingyue::sched
