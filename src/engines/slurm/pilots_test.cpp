#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engines/slurm/lab_testing.hpp"

namespace mingyue::engines::slurm {
namespace {

using testing::eventually;
using enum model::EndCause;

class PilotTest : public LabTest {
 protected:
  void SetUp() override {
    LabTest::SetUp();
    options_.pilots.use = true;
  }
  /// `count` short attempts for one node, which fit there together.
  std::vector<testing::OrderBuilder> many(std::uint64_t first, int count, const std::string& node,
                                          const std::string& script) {
    std::vector<testing::OrderBuilder> orders;
    for (int i = 0; i < count; ++i) orders.push_back(order(first + static_cast<std::uint64_t>(i), node).shell(script));
    return orders;
  }
  [[nodiscard]] std::string pilots_in_slurm() const { return lab_->ask("squeue -h -t R -n mingyue-pilot -o %k"); }
};

TEST_F(PilotTest, ShortAttemptsShareOneJobOfTheirAccount) {
  auto orders = many(201, 8, "node1", "id -un; hostname; exit $((MINGYUE_ATTEMPT_ID != 0))");
  for (auto& one : orders) engine().launch(one);
  for (auto& one : orders) {
    const auto end = end_of(one.id());
    EXPECT_EQ(end.cause, exited) << end.message;
    EXPECT_EQ(output(one.id()).substr(0, 13), "nobody\nnode1\n");
  }
  EXPECT_EQ(engine().facts().pilots, 1);
  // The next ones find it there, however few they are.
  auto next = order(210, "node1").shell("exit 4");
  EXPECT_EQ(run(next).exit_code, 4);
  EXPECT_EQ(lab_->ask("squeue -h -t all -o %k").find(":210.1"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return engine().facts().pilots == 0; }, 30'000)) << "an empty pilot leaves";
}

TEST_F(PilotTest, AFewHaveJobsOfTheirOwn) {
  auto orders = many(221, 2, "node1", "exit 0");
  for (auto& one : orders) engine().launch(one);
  for (auto& one : orders) EXPECT_THAT(end_of(one.id()), cause_is(exited));
  EXPECT_EQ(engine().facts().pilots, 0);
}

TEST_F(PilotTest, SignalsEndsAndLimitsReachThem) {
  auto orders = many(231, 5, "node2", "trap 'echo got; exit 6' USR1; echo up; while :; do sleep 0.1; done");
  orders[2]->wall = seconds(2);
  for (auto& one : orders) engine().launch(one);
  for (auto& one : orders) ASSERT_TRUE(eventually([&] { return output(one.id()) == "up\n"; }, 60'000));
  engine().signal(orders[0].id(), SIGUSR1);
  EXPECT_THAT(end_of(orders[0].id()), exit_code_is(6));
  engine().end(orders[1].id(), seconds(2));
  EXPECT_THAT(end_of(orders[1].id()), cause_is(ended));
  EXPECT_THAT(end_of(orders[2].id()), cause_is(wall));
  for (int i : {3, 4}) engine().end(orders[static_cast<std::size_t>(i)].id(), seconds(1));
  for (int i : {3, 4}) EXPECT_THAT(end_of(orders[static_cast<std::size_t>(i)].id()), cause_is(ended));
}

TEST_F(PilotTest, ANewEngineFindsThemRunning) {
  auto orders = many(241, 4, "node3", "echo up; while [ ! -e ../work/go ]; do sleep 0.1; done; exit 7");
  std::vector<model::AttemptId> standing;
  for (auto& one : orders) {
    engine().launch(one);
    standing.push_back(one.id());
  }
  for (auto& one : orders) ASSERT_TRUE(launched(one.id()));
  ASSERT_TRUE(eventually([&] { return output(orders[3].id()) == "up\n"; }, 30'000));
  engine_.reset();
  std::ofstream(folder(orders[0].id()) + "/work/go");  // one ends while nobody listens
  ::usleep(1'000'000);
  restart(standing);
  for (auto& one : orders) engine().launch(one);
  EXPECT_THAT(end_of(orders[0].id()), exit_code_is(7));
  for (std::size_t i = 1; i < 4; ++i) std::ofstream(folder(orders[i].id()) + "/work/go");
  for (auto& one : orders) {
    EXPECT_THAT(end_of(one.id()), exit_code_is(7));
    EXPECT_EQ(output(one.id()), "up\n") << "it ran once";
  }
}

TEST_F(PilotTest, ANodeThatDiesTakesItsPilotAlong) {
  auto orders = many(251, 4, "node4", "sleep 200");
  for (auto& one : orders) engine().launch(one);
  for (auto& one : orders) ASSERT_TRUE(launched(one.id()));
  ASSERT_TRUE(lab_->verb("node-kill 4"));
  for (auto& one : orders) EXPECT_THAT(end_of(one.id()), cause_is(node_lost));
  ASSERT_TRUE(lab_->verb("node-heal 4"));
}

TEST_F(PilotTest, APilotThatIsCancelledLosesWhatRunsInIt) {
  auto orders = many(261, 4, "node2", "sleep 200");
  for (auto& one : orders) engine().launch(one);
  for (auto& one : orders) ASSERT_TRUE(launched(one.id()));
  (void)lab_->ask("scancel -n mingyue-pilot");
  for (auto& one : orders) EXPECT_THAT(end_of(one.id()), cause_is(lost));
}

/// Slurm tells all processes of a job at once, and a task may have died of it before its supervisor has heard.
TEST_F(PilotTest, ATaskThatHearsFirstWasCancelledAllTheSame) {
  auto told = many(265, 4, "node2", "(sleep 0.1; kill -TERM $PPID) & kill -TERM $$");
  for (auto& one : told) engine().launch(one);
  for (auto& one : told) EXPECT_THAT(end_of(one.id()), cause_is(lost));
  auto own = many(285, 4, "node2", "kill -TERM $$");
  for (auto& one : own) engine().launch(one);
  for (auto& one : own) EXPECT_THAT(end_of(one.id()), cause_is(signalled));
}

TEST_F(PilotTest, APilotMakesWayForAJobThatWaitsForItsNode) {
  options_.pilots.idle = minutes(5);
  auto orders = many(271, 8, "node1", "exit 0");
  for (auto& one : orders) engine().launch(one);
  for (auto& one : orders) EXPECT_THAT(end_of(one.id()), cause_is(exited));
  EXPECT_EQ(engine().facts().pilots, 1);
  auto wide = order(280, "node1").shell("exit 0");
  wide->tasks[0].lease.cores = {0, 1, 2, 3, 4, 5, 6, 7};
  wide->wall = hours(1);
  EXPECT_EQ(run(wide).cause, exited);
}

}  // namespace
}  // namespace mingyue::engines::slurm
