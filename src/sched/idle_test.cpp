#include "sched/idle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sched/a_snapshot.hpp"

namespace mingyue::sched {
namespace {

using ::testing::ElementsAre;
using testing::Scene;

TEST(Idle, AGatheringGangHoldsWhatItWillUse) {
  Scene scene;
  scene.nodes(3, 8, 8, "a100");
  scene.running(1).on("n0", 8, 8).until(60);
  scene.waiting(2).tasks(3).cards(8);
  EXPECT_THAT(scene.plan().idle, ElementsAre(IdleClasses{"main", "", 2, 0, 14}, IdleClasses{"main", "a100", 16, 0, 0}));
}

TEST(Idle, WorkThatWasHeldBackMakesIdleTimePromised) {
  Scene scene;
  scene.nodes(1, 8);
  scene.running(1).on("n0", 4).until(60);
  scene.waiting(2).cores(8);
  scene.waiting(3).cores(4).wall(120);  // would fit now, and delay job 2
  EXPECT_THAT(scene.plan().idle, ElementsAre(IdleClasses{"main", "", 4, 0, 0}));
}

TEST(Idle, FragmentsAreStranded) {
  Scene scene;
  scene.nodes(2, 8);
  scene.running(1).on("n0", 4).until(60);
  scene.running(2).on("n1", 4).until(60);
  scene.waiting(3).cores(6);  // 8 are idle, 4 and 4
  EXPECT_THAT(scene.plan().idle, ElementsAre(IdleClasses{"main", "", 0, 6, 2}));
}

TEST(Idle, WhatNobodyCouldUseIsUnwanted) {
  Scene scene;
  scene.nodes(1, 8);
  scene.running(1).on("n0", 6).until(60);
  scene.waiting(2).cores(4);
  scene.waiting(3).cores(1).blocked(Blocked::held);
  EXPECT_THAT(scene.plan().idle, ElementsAre(IdleClasses{"main", "", 0, 0, 2}));
}

TEST(Idle, NodesThatAreAwayAreNotIdle) {
  Scene scene;
  scene.nodes(2, 8, 4, "a100").away("n1");
  EXPECT_THAT(scene.plan().idle, ElementsAre(IdleClasses{"main", "", 0, 0, 8}, IdleClasses{"main", "a100", 0, 0, 4}));
}

}  // namespace
}  // namespace mingyue::sched
