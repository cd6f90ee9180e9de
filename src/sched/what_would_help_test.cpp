#include "sched/what_would_help.hpp"

#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"

namespace mingyue::sched {
namespace {

using model::JobId;
using testing::Scene;

constexpr auto zero = Scene::zero;

/// 200 nodes of 8 cores: n0 to n149 run until minute 100, n150 to n179 until minute 30, twenty are free.
Scene a_busy_centre() {
  Scene scene;
  scene.nodes(200, 8);
  for (int i = 0; i < 180; ++i)
    scene.running(static_cast<std::uint64_t>(i) + 1).on("n" + std::to_string(i), 8).until(i < 150 ? 100 : 30);
  return scene;
}

TEST(WhatWouldHelp, FewerTasksNowAndSoon) {
  Scene scene = a_busy_centre();
  scene.waiting(1'000).tasks(60).cores(8).wall(60);
  const auto found = what_would_help(scene.snapshot(), JobId{1'000});
  ASSERT_EQ(found.size(), 2U);
  // Fifty nodes are free from minute 30 on, twenty now; it must wait for minute 100 as it is.
  EXPECT_EQ(found[0], (Sooner{ChangeCode::fewer_tasks, "50", "60", zero + minutes(30)}));
  EXPECT_EQ(found[1], (Sooner{ChangeCode::fewer_tasks, "20", "60", zero}));
  EXPECT_EQ(sentence(found[0], Language::en), "with 50 tasks instead of 60");
  EXPECT_NE(sentence(found[0], Language::zh), sentence(found[0], Language::en));
}

TEST(WhatWouldHelp, FewerTasksThanTheFewestOfAnElasticJob) {
  Scene scene = a_busy_centre();
  scene.waiting(1'000).tasks(60, 90).cores(8).wall(60);
  const auto found = what_would_help(scene.snapshot(), JobId{1'000});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (Sooner{ChangeCode::fewer_tasks, "50", "60", zero + minutes(30)}));
  EXPECT_EQ(found[1], (Sooner{ChangeCode::fewer_tasks, "20", "60", zero}));
}

TEST(WhatWouldHelp, AShorterLimitThatEndsBeforeAPromise) {
  Scene scene = a_busy_centre();
  scene.waiting(1'000).tasks(50).cores(8).wall(60);  // promised minute 30
  scene.waiting(1'001).tasks(20).cores(8).wall(60);
  const auto found = what_would_help(scene.snapshot(), JobId{1'001});
  ASSERT_FALSE(found.empty());
  const auto wall = std::ranges::find(found, ChangeCode::shorter_wall, &Sooner::code);
  ASSERT_NE(wall, found.end());
  EXPECT_EQ(*wall, (Sooner{ChangeCode::shorter_wall, "30m", "1h", zero}));
}

TEST(WhatWouldHelp, AnotherPartition) {
  Scene scene = a_busy_centre();
  scene.partition("other");
  scene.nodes(3, 8);
  scene.waiting(1'000).tasks(3).cores(8).in(0);
  scene.waiting(1'001).tasks(47).cores(8).in(0);
  scene.waiting(1'002).tasks(3).cores(8).in(0);
  const auto found = what_would_help(scene.snapshot(), JobId{1'002});
  EXPECT_NE(std::ranges::find(found, Sooner{ChangeCode::other_partition, "other", "main", zero}), found.end());
}

TEST(WhatWouldHelp, EachAnswerIsWhatThePlanSaysOfTheChangedJob) {
  for (int seed = 0; seed < 20; ++seed) {
    Scene scene;
    scene.nodes(140, 8);
    for (int i = 0; i < 140; ++i)
      scene.running(static_cast<std::uint64_t>(i) + 1)
          .on("n" + std::to_string(i), 8)
          .until(5 + (i * 37 + seed * 11) % 300);
    for (int i = 0; i < 12; ++i)
      scene.waiting(1'000 + static_cast<std::uint64_t>(i))
          .tasks(1 + (i * 29 + seed * 7) % 90)
          .cores(8)
          .wall(30 + 17 * i);
    const JobId last{1'011};
    for (const Sooner& one : what_would_help(scene.snapshot(), last)) {
      Scene changed = scene;
      Snapshot snapshot = changed.snapshot();
      model::JobSpec spec = *snapshot.waiting.back().spec;
      WaitingView& job = snapshot.waiting.back();
      if (one.code == ChangeCode::fewer_tasks) spec.parts.front().tasks = std::stoi(one.to);
      if (one.code == ChangeCode::shorter_wall) job.wall = *parse_duration(one.to);
      job.spec = &spec;
      const Plan plan = sched::plan(snapshot);
      const auto wait = std::ranges::find(plan.waits, last, &Wait::job);
      EXPECT_EQ(wait == plan.waits.end() ? snapshot.now : *wait->promised, one.start) << seed;
    }
  }
}

TEST(WhatWouldHelp, NothingForWhoDoesNotWaitForRoom) {
  Scene scene = a_busy_centre();
  scene.waiting(1'000).tasks(2).cores(8);
  scene.waiting(1'001).tasks(60).cores(8).blocked(Blocked::held);
  EXPECT_TRUE(what_would_help(scene.snapshot(), JobId{1'000}).empty());
  EXPECT_TRUE(what_would_help(scene.snapshot(), JobId{1'001}).empty());
  EXPECT_TRUE(what_would_help(scene.snapshot(), JobId{7}).empty());
}

}  // namespace
}  // namespace mingyue::sched
