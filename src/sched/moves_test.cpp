#include "sched/moves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/counted_plan.hpp"
#include "sched/sentence.hpp"

namespace mingyue::sched {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Scene;

constexpr int many = static_cast<int>(counted_nodes);

const Wait& wait_of(const Plan& plan, std::uint64_t job) {
  for (const Wait& wait : plan.waits)
    if (wait.job == model::JobId(job)) return wait;
  static const Wait none;
  ADD_FAILURE() << "job " << job << " does not wait";
  return none;
}

/// Two nodes, each half in use by work that may be moved; what waits needs a whole one.
Scene in_pieces(std::int64_t until = 600) {
  Scene scene;
  scene.nodes(2, 8);
  scene.running(1).on("n0", 4).until(until).movable(1);
  scene.running(2).on("n1", 4).until(until).movable(30);
  scene.waiting(3).cores(8);
  return scene;
}

TEST(Moves, WhoLosesLeastGoesOnElsewhere) {
  Scene scene = in_pieces();
  Plan plan = scene.plan();
  EXPECT_THAT(plan.preemptions, ElementsAre(Preemption{{model::JobId(1), 1}, model::JobId(3), true}));
  EXPECT_EQ(wait_of(plan, 3).code, WaitCode::moving);
  EXPECT_EQ(wait_of(plan, 3).promised, Scene::zero + seconds(30));
  EXPECT_EQ(sentence(wait_of(plan, 3)),
            "1.1 was asked to go on elsewhere, to make room for it; promised 2027-01-15T08:00:30Z");
  EXPECT_EQ(sentence(wait_of(plan, 3), Language::zh),
            "已请 1.1 迁往别处继续，为其让出资源；预定 2027-01-15T08:00:30Z 开始");
  scene.carry_out(plan);
  plan = scene.plan();
  EXPECT_THAT(plan.preemptions, IsEmpty()) << "one move at a time";
  EXPECT_EQ(wait_of(plan, 3).code, WaitCode::moving);
}

TEST(Moves, AGangMayNeedSeveral) {
  Scene scene;
  scene.nodes(4, 8);
  for (std::uint64_t i = 1; i <= 4; ++i)
    scene.running(i).on("n" + std::to_string(i - 1), 4).until(600).movable(static_cast<std::int64_t>(i));
  scene.waiting(9).tasks(2).cores(8);
  const Plan plan = scene.plan();
  ASSERT_EQ(plan.preemptions.size(), 2u);
  EXPECT_EQ(plan.preemptions[0].attempt.job, model::JobId(1));
  EXPECT_EQ(plan.preemptions[1].attempt.job, model::JobId(2));
}

TEST(Moves, NobodyIfItDoesNotPay) {
  // Four cores lose a minute and the restart's two, for eight that start a minute and a half sooner.
  EXPECT_THAT(in_pieces(2).plan().preemptions, IsEmpty());
  EXPECT_EQ(in_pieces(3).plan().preemptions.size(), 1u);
}

TEST(Moves, NobodyWhoMayNotBeMoved) {
  Scene scene = in_pieces();
  for (RunningView& run : scene.edit().running) run.movable = false;  // moved just now, or not preemptible
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
}

TEST(Moves, NobodyWhoHasNowhereToGoOn) {
  Scene scene;
  scene.nodes(2, 8);
  scene.running(1).on("n0", 5).until(600).movable(1);
  scene.running(2).on("n1", 4).until(600);
  scene.waiting(3).cores(7);  // three and four are free
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
  scene.node("n2", 5);
  scene.waiting(4).cores(5).wall(600).rank(900);
  scene.carry_out(scene.plan());
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
}

TEST(Moves, NobodyForWantOfNumbers) {
  Scene scene;
  scene.nodes(2, 8);
  scene.running(1).on("n0", 4).until(600).movable(1);
  scene.running(2).on("n1", 5).until(600);
  scene.waiting(3).cores(8);  // seven are free
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());
}

TEST(Moves, NotIntoRoomThatIsPromised) {
  Scene scene;
  scene.nodes(2, 8).node("n2", 4);
  scene.running(1).on("n0", 4).until(600).movable(1);
  scene.running(2).on("n1", 4).until(600);
  scene.running(4).on("n2", 4).until(10);
  scene.waiting(3).cores(8);
  EXPECT_EQ(scene.plan().preemptions.size(), 1u);
  scene.waiting(5).tasks(2).cores(4).wall(700);  // at ten minutes, on n1 and n2
  const Plan plan = scene.plan();
  EXPECT_EQ(wait_of(plan, 5).promised, Scene::zero + minutes(10));
  EXPECT_THAT(plan.preemptions, IsEmpty());
}

TEST(Moves, InALargePartitionToo) {
  Scene scene;
  scene.nodes(many, 8);
  for (int i = 2; i < many; ++i)
    scene.running(100 + static_cast<std::uint64_t>(i)).on("n" + std::to_string(i), 8).until(600);
  scene.running(1).on("n0", 4).until(600).movable(1);
  scene.running(2).on("n1", 4).until(600).movable(30);
  scene.waiting(3).cores(8);
  Plan plan = scene.plan();
  EXPECT_THAT(plan.preemptions, ElementsAre(Preemption{{model::JobId(1), 1}, model::JobId(3), true}));
  EXPECT_EQ(wait_of(plan, 3).code, WaitCode::moving);
  EXPECT_EQ(wait_of(plan, 3).promised, Scene::zero + seconds(30));
  scene.carry_out(plan);
  EXPECT_THAT(scene.plan().preemptions, IsEmpty());

  Scene nowhere;
  nowhere.nodes(many, 8);
  for (int i = 2; i < many; ++i)
    nowhere.running(100 + static_cast<std::uint64_t>(i)).on("n" + std::to_string(i), 8).until(600);
  nowhere.running(1).on("n0", 5).until(600).movable(1);
  nowhere.running(2).on("n1", 4).until(600);
  nowhere.waiting(3).cores(7);
  EXPECT_THAT(nowhere.plan().preemptions, IsEmpty());
}

}  // namespace
}  // namespace mingyue::sched
