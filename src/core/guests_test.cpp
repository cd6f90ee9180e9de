#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/a_centre.hpp"

namespace mingyue::core::testing {
namespace {

using ::testing::ElementsAre;

/// Two nodes of four cores in partition `main`, where the engine's own queue decides.
struct Guests : ::testing::Test {
  TestCentre centre{2, 4};
  Guests() {
    model::Centre guest = centre.state.centre;
    guest.engines = {{.name = "big", .rest = "http://h", .key_file = "k", .shared = "/s"}};
    guest.partitions[0].engine = "big";
    guest.partitions[0].engine_partition = "normal";
    guest.partitions[0].guest = true;
    for (model::Node& node : guest.nodes) node.is_virtual = false;
    EXPECT_TRUE(centre.give(ConfigureCentre{guest, {}}));
    centre.effects.clear();
  }

  /// The plan's starts, adopted.
  void plan() {
    const PlannerInput input = planner_input(centre.state, centre.now);
    sched::Plan plan = sched::plan(input.snapshot);
    EXPECT_TRUE(centre.give(AdoptPlan{plan.starts, plan.preemptions, plan.idle, {}, false}));
  }
  std::vector<EventBody> place(model::JobId job, std::vector<std::string> nodes, bool at_last = false) {
    return centre.give(ReportPlaced{attempt_of(job), std::move(nodes), at_last}).value();
  }
  std::vector<EventBody> others(std::uint32_t node, int cores, std::optional<Instant> until = {}) {
    return centre.give(ReportOthers{model::NodeId{node}, CoreCount{cores}, {}, Bytes{}, until}).value();
  }
  [[nodiscard]] model::AttemptId attempt_of(model::JobId job) const { return centre.state.attempts.at(job).id; }
  [[nodiscard]] int free_on(std::size_t node) const { return centre.state.nodes[node].cores_free.count(); }
};

model::JobSpec a_gang(int tasks, int cores) {
  model::JobSpec job = a_job("gang");
  job.parts[0].tasks = tasks;
  job.parts[0].need.cores = CoreCount{cores};
  return job;
}

TEST_F(Guests, AJobIsHandedOverWhateverIsFreeAndHoldsNothingUntilItIsPlaced) {
  EXPECT_FALSE(others(0, 4).empty());
  EXPECT_FALSE(others(1, 4).empty());
  const model::JobId job = centre.submit(a_gang(2, 3));
  plan();
  ASSERT_TRUE(centre.state.attempts.contains(job)) << "nothing is free, and the engine's queue decides";
  EXPECT_TRUE(centre.state.attempts.at(job).handed_over());
  ASSERT_EQ(centre.effects.size(), 1U);
  const model::LaunchOrder& order = std::get<LaunchAttempt>(centre.effects[0]).order;
  EXPECT_TRUE(order.guest);
  EXPECT_EQ(order.engine, "big");
  EXPECT_EQ(order.engine_partition, "normal");
  EXPECT_EQ(order.account, "ann");
  ASSERT_EQ(order.tasks.size(), 2U);
  EXPECT_EQ(order.tasks[1].node_name, "");
  EXPECT_THAT(order.tasks[1].lease.cores, ElementsAre(0, 1, 2));

  // It may wait for days: no launch limit.
  EXPECT_GE(next_wakeup(centre.state), centre.now + days(7));
}

TEST_F(Guests, WhatIsPlacedTakesItsRoomFromOthersThatTheEngineSaidWereThere) {
  others(0, 3, centre.now + hours(1));
  const model::JobId job = centre.submit(a_gang(2, 2));
  plan();
  const auto events = place(job, {"n0", "n1"});
  ASSERT_EQ(events.size(), 2U) << "others have less of n0 now, and the attempt is placed";
  const auto& rest = std::get<OthersOnNode>(events[0]);
  EXPECT_EQ(rest.cores.count(), 2);
  EXPECT_EQ(rest.placed, attempt_of(job));
  EXPECT_EQ(free_on(0), 0);
  EXPECT_EQ(free_on(1), 2);
  EXPECT_TRUE(place(job, {"n0", "n1"}).empty()) << "said twice";

  ASSERT_TRUE(centre.give(ReportLaunched{attempt_of(job)}));
  EXPECT_EQ(centre.state.jobs.at(job).state, model::JobState::running);
  centre.now = centre.now + minutes(1);
  ASSERT_TRUE(centre.give(ReportEnded{attempt_of(job), {}}));
  EXPECT_EQ(free_on(0), 2);
  EXPECT_EQ(free_on(1), 4);
}

TEST_F(Guests, APlacementWaitsForTheEndOfWhatWasThereBefore) {
  const model::JobId first = centre.submit(a_gang(1, 4));
  const model::JobId second = centre.submit(a_gang(1, 4));
  plan();
  place(first, {"n0"});
  EXPECT_TRUE(place(second, {"n0"}).empty()) << "the engine knows that the first has ended; we do not yet";
  ASSERT_TRUE(centre.give(ReportEnded{attempt_of(first), {}}));
  EXPECT_EQ(place(second, {"n0"}).size(), 1U);
}

TEST_F(Guests, APlacementAtLastTakesWhatThereIs) {
  const model::JobId first = centre.submit(a_gang(1, 3));
  const model::JobId second = centre.submit(a_gang(1, 4));
  plan();
  place(first, {"n0"});
  ASSERT_EQ(place(second, {"n0"}, true).size(), 1U);
  EXPECT_EQ(centre.state.attempts.at(second).lease.shares()[0].cores.count(), 1);
}

TEST_F(Guests, WorkIsPaidFromItsPlacementOn) {
  const model::JobId job = centre.submit(a_gang(1, 4));
  plan();
  centre.now = centre.now + hours(5);
  place(job, {"n0"});
  ASSERT_TRUE(centre.give(ReportLaunched{attempt_of(job)}));
  centre.now = centre.now + hours(1);
  ASSERT_TRUE(centre.give(ReportEnded{attempt_of(job), {}}));
  EXPECT_EQ(centre.state.accounts.at("demo").charged, Credits{4'000'000});
}

TEST_F(Guests, OneThatEndsBeforeItIsPlacedHasCostNothing) {
  const model::JobId job = centre.submit(a_gang(1, 4));
  plan();
  const model::AttemptId attempt = attempt_of(job);
  ASSERT_TRUE(centre.give(CancelJob{root, job}));
  ASSERT_TRUE(centre.give(ReportEnded{attempt, {.cause = model::EndCause::ended}}));
  EXPECT_FALSE(centre.state.jobs.contains(job));
  EXPECT_EQ(centre.state.accounts.at("demo").charged, Credits{0});
  EXPECT_EQ(free_on(0), 4);
}

TEST_F(Guests, WhatCannotBeUsedIsNotGivenToTheEngine) {
  const model::JobId held = centre.submit([] {
    model::JobSpec job = a_gang(1, 1);
    job.hold = true;
    return job;
  }());
  const model::JobId after = centre.submit([&] {
    model::JobSpec job = a_gang(1, 1);
    job.dependencies = {{model::DependencyKind::after_ok, held}};
    return job;
  }());
  plan();
  EXPECT_FALSE(centre.state.attempts.contains(held));
  EXPECT_FALSE(centre.state.attempts.contains(after));
}

TEST(Others, OfALedPartitionArePlannedAround) {
  TestCentre centre(1, 4);
  const Instant until = centre.now + hours(2);
  ASSERT_EQ(centre.give(ReportOthers{model::NodeId{0}, CoreCount{3}, {}, Bytes{}, until})->size(), 1U);
  EXPECT_TRUE(centre.give(ReportOthers{model::NodeId{0}, CoreCount{3}, {}, Bytes{}, until})->empty()) << "no news";
  const model::JobId job = centre.submit(a_gang(1, 2));
  const PlannerInput input = planner_input(centre.state, centre.now);
  const sched::Plan plan = sched::plan(input.snapshot);
  EXPECT_TRUE(plan.starts.empty());
  ASSERT_EQ(plan.waits.size(), 1U);
  EXPECT_EQ(plan.waits[0].job, job);
  EXPECT_EQ(plan.waits[0].promised, until);

  // A start that was planned before they came is dropped.
  ASSERT_TRUE(centre.give(AdoptPlan{{{.job = job, .nodes = {model::NodeId{0}}}}, {}, {}, {}, false}));
  EXPECT_FALSE(centre.state.attempts.contains(job));
}

TEST(Others, HoldAtMostWhatNobodyElseHolds) {
  TestCentre centre(1, 4);
  const model::JobId job = centre.submit(a_gang(1, 3));
  ASSERT_TRUE(centre.give(AdoptPlan{{{.job = job, .nodes = {model::NodeId{0}}}}, {}, {}, {}, false}));
  ASSERT_EQ(centre.give(ReportOthers{model::NodeId{0}, CoreCount{4}, {}, Bytes{1LL << 40}, {}})->size(), 1U);
  EXPECT_EQ(centre.state.nodes[0].others_cores.count(), 1);
  ASSERT_EQ(centre.give(ReportOthers{model::NodeId{0}, CoreCount{-1}, {}, Bytes{}, {}})->size(), 1U);
  EXPECT_FALSE(centre.state.nodes[0].others());
}

TEST(Others, OfANodeThatBecomesAnotherAreForgottenFirst) {
  TestCentre centre(1, 4);
  ASSERT_TRUE(centre.give(ReportOthers{model::NodeId{0}, CoreCount{2}, {}, Bytes{1 << 20}, {}}));
  model::Centre larger = centre.state.centre;
  larger.nodes[0].cores = CoreCount{8};
  ASSERT_EQ(centre.give(ConfigureCentre{larger, {}})->size(), 2U);
  EXPECT_FALSE(centre.state.nodes[0].others());
  EXPECT_EQ(centre.state.nodes[0].cores_free.count(), 8);
}

}  // namespace
}  // namespace mingyue::core::testing
