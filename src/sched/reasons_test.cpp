#include "sched/reasons.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"
#include "sched/sentence.hpp"

namespace mingyue::sched {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Scene;

Wait only_wait(Scene& scene) {
  const Plan plan = scene.plan();
  EXPECT_EQ(plan.waits.size(), 1U);
  return plan.waits.empty() ? Wait{} : plan.waits.front();
}

TEST(Reasons, EachBlockHasItsOwn) {
  Scene scene;
  scene.nodes(1, 8);
  scene.waiting(1).blocked(Blocked::held);
  scene.waiting(2).blocked(Blocked::dependency, "job 12");
  scene.waiting(3).blocked(Blocked::array_bound, "4");
  scene.waiting(4).blocked(Blocked::budget, "budget of project p");
  const Plan plan = scene.plan();
  ASSERT_EQ(plan.waits.size(), 4U);
  EXPECT_EQ(sentence(plan.waits[0]), "held");
  EXPECT_EQ(advice(plan.waits[0]), "release it");
  EXPECT_EQ(sentence(plan.waits[1]), "waits for job 12");
  EXPECT_EQ(advice(plan.waits[1]), "drop the dependency");
  EXPECT_EQ(sentence(plan.waits[2]), "as many elements of its array run as may run at once (4)");
  EXPECT_EQ(sentence(plan.waits[3]), "the budget of project p is spent");
  EXPECT_EQ(advice(plan.waits[3]), "grant project p more budget");
  for (const Wait& wait : plan.waits) EXPECT_EQ(wait.promised, std::nullopt);
}

TEST(Reasons, AWallOverThePartitionsLongest) {
  Scene scene;
  scene.nodes(1, 8);
  scene.edit().partitions[0].wall_max = hours(2);
  scene.waiting(1).wall(180);
  const Wait wait = only_wait(scene);
  EXPECT_EQ(wait.code, WaitCode::wall_exceeds);
  EXPECT_THAT(*wait.args, ElementsAre(print_duration(hours(2))));
  EXPECT_EQ(wait.change, ChangeCode::shorter_wall);
  EXPECT_EQ(wait.promised, std::nullopt);
}

TEST(Reasons, TooLargeForEver) {
  Scene scene;
  scene.nodes(8, 8);
  scene.waiting(1).tasks(12).cores(8);
  const Wait wait = only_wait(scene);
  EXPECT_EQ(wait.code, WaitCode::too_large);
  EXPECT_EQ(sentence(wait), "needs 12 nodes, its partition has at most 8");
  EXPECT_EQ(advice(wait), "with 8 tasks it could run");
}

TEST(Reasons, TooLargeForANode) {
  Scene scene;
  scene.nodes(8, 8);
  scene.waiting(1).cores(12);
  const Wait wait = only_wait(scene);
  EXPECT_THAT(*wait.args, ElementsAre("cores", "8", "12", ""));
  EXPECT_EQ(advice(wait), "with 8 cores per task it could run");
}

TEST(Reasons, TooLargeUntilNodesComeBack) {
  Scene scene;
  scene.node("n0", 8).node("n1", 4).node("n2", 8).away("n1").away("n2");
  scene.waiting(1).tasks(2).cores(8);
  const Wait wait = only_wait(scene);
  EXPECT_EQ(wait.code, WaitCode::too_large);
  EXPECT_EQ(wait.change, ChangeCode::resume_nodes);
  EXPECT_THAT(wait.change_args, ElementsAre("n2"));  // the small one would not help
}

TEST(Reasons, CardsThatNobodyHas) {
  Scene scene;
  scene.nodes(2, 8, 4, "a100");
  scene.waiting(1).cards(2, "h100");
  const Wait wait = only_wait(scene);
  EXPECT_EQ(wait.code, WaitCode::too_large);
  EXPECT_THAT(*wait.args, ElementsAre("cards", "0", "2", ""));
}

TEST(Reasons, ResourcesNameWhatIsShort) {
  Scene scene;
  scene.nodes(1, 16, 4, "a100");
  scene.running(1).on("n0", 12, 3).until(60);
  scene.waiting(2).cores(2).cards(2);
  scene.waiting(3).cores(12);
  const Plan plan = scene.plan();
  EXPECT_EQ(sentence(plan.waits[0]).substr(0, 32), "needs 2 a100 cards, 1 is free; p");
  EXPECT_EQ(sentence(plan.waits[1]).substr(0, 27), "needs 12 cores, 4 are free;");
  EXPECT_EQ(advice(plan.waits[1]), "with 4 cores per task it would start now");
}

TEST(Reasons, AGangInPiecesIsToldHowManyTasksFit) {
  Scene scene;
  scene.nodes(3, 8);
  for (std::uint64_t i = 0; i < 3; ++i) scene.running(10 + i).on("n" + std::to_string(i), 3).until(60);
  scene.waiting(2).tasks(4).cores(3);  // 15 cores are free, 12 needed, but only one task fits on each
  const Wait wait = only_wait(scene);
  EXPECT_THAT(*wait.args, ElementsAre("tasks", "3", "4", ""));
  EXPECT_EQ(wait.change, ChangeCode::fewer_tasks);
  EXPECT_THAT(wait.change_args, ElementsAre("3"));
}

TEST(Reasons, AShorterWallIsTriedAndRoundedToMinutes) {
  Scene scene;
  scene.nodes(2, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.edit().running[0].ends_by = Scene::zero + minutes(60) + seconds(30);
  scene.waiting(2).tasks(2).cores(8);
  scene.waiting(3).cores(8).wall(240);
  const Plan plan = scene.plan();
  EXPECT_EQ(plan.waits[1].change, ChangeCode::shorter_wall);
  EXPECT_THAT(plan.waits[1].change_args, ElementsAre(print_duration(hours(1))));
  // It is true: with that limit it starts.
  scene.edit().waiting[1].wall = hours(1);
  EXPECT_EQ(scene.plan().starts.size(), 1U);
}

TEST(Reasons, NodesToResumeWouldLetItStartNow) {
  Scene scene;
  scene.nodes(3, 8).away("n2");
  scene.running(1).on("n0", 8).until(60);
  scene.running(2).on("n1", 8).until(60);
  scene.waiting(3).cores(8);
  scene.waiting(4).cores(8);
  const Plan plan = scene.plan();
  EXPECT_EQ(plan.waits[0].change, ChangeCode::resume_nodes);
  EXPECT_THAT(plan.waits[0].change_args, ElementsAre("n2"));
  EXPECT_EQ(plan.waits[1].change, ChangeCode::wait_for);  // the job before it would take n2
}

TEST(Reasons, ElseItIsToldWhenItStarts) {
  Scene scene;
  scene.nodes(1, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2);
  const Wait wait = only_wait(scene);
  EXPECT_EQ(wait.change, ChangeCode::wait_for);
  EXPECT_EQ(advice(wait), "starts by 2027-01-15T09:00:00Z, or sooner if running work ends early");
}

TEST(Reasons, CounterfactualsStopAfterTheFirstTwoHundred) {
  Scene scene;
  scene.nodes(1, 16);
  scene.running(1).on("n0", 8).until(60);
  for (std::uint64_t id = 2; id < 300; ++id) scene.waiting(id).cores(12);
  const Plan plan = scene.plan();
  EXPECT_EQ(plan.waits[tried_max - 1].change, ChangeCode::fewer_cores);
  EXPECT_EQ(plan.waits[tried_max].change, ChangeCode::wait_for);
}

TEST(Sentences, EveryReasonAndChangeHasWordsInBothLanguages) {
  for (int code = 1; code <= 12; ++code) {
    Wait wait{.code = static_cast<WaitCode>(code), .args = Words{"cores", "1", "2", ""}};
    EXPECT_FALSE(sentence(wait).empty());
    EXPECT_FALSE(sentence(wait, Language::zh).empty());
    if (code > 10) continue;
    wait.change = static_cast<ChangeCode>(code);
    wait.change_args = {"1"};
    EXPECT_FALSE(advice(wait).empty());
    EXPECT_FALSE(advice(wait, Language::zh).empty());
  }
  EXPECT_THAT(advice(Wait{}), IsEmpty());
  EXPECT_EQ(sentence(Wait{.code = WaitCode::resources, .args = Words{"cards", "1", "2", "a100"}}, Language::zh),
            "需要 2 张 a100 卡，空闲 1");
}

}  // namespace
}  // namespace mingyue::sched
