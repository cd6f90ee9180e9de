// No process outlives its attempt, and no attempt takes more memory than it leased; with control groups and without.

#include <gmock/gmock.h>

#include "engines/engine_testing.hpp"

namespace mingyue::engines {
namespace {

using namespace testing;
using model::EndCause;
using ::testing::HasSubstr;

class ProcessTree : public LocalEngineTest, public ::testing::WithParamInterface<UseGroups> {
 protected:
  ProcessTree() { options_.groups = GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Backends, ProcessTree, ::testing::Values(UseGroups::when_they_work, UseGroups::never),
                         [](const auto& test) { return test.param == UseGroups::never ? "Plain" : "Groups"; });

/// Starts two daemons that leave the session, lose their parent and ignore SIGTERM.
const std::string stubborn =
    "for i in 1 2; do setsid sh -c 'trap \"\" TERM HUP; (while :; do sleep 0.05; done) & wait' & done; sleep 0.1; ";

TEST_P(ProcessTree, IsGoneWhenTheProgramEnds) {
  OrderBuilder order(1);
  const auto end = run(order.shell(stubborn + "exit 3"));
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(processes_left(), 0);
}

TEST_P(ProcessTree, IsGoneWhenTheCentreEndsIt) {
  OrderBuilder order(1);
  engine().launch(order.shell(stubborn + "echo ready; sleep 1000"));
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\n"; }));
  engine().end(order.id(), milliseconds(100));
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
  EXPECT_EQ(processes_left(), 0);
}

TEST_P(ProcessTree, IsGoneWhenItsSupervisorIsKilled) {
  OrderBuilder order(1);
  engine().launch(order.shell(stubborn + "echo ready; sleep 1000"));
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\n"; }));
  const auto claim = read_claim(AttemptFolder(folder(order.id())));
  ASSERT_TRUE(claim);
  ::kill(claim->pid, SIGKILL);
  EXPECT_EQ(end_of(order.id()).cause, EndCause::lost);
  EXPECT_EQ(processes_left(), 0);
}

TEST_P(ProcessTree, IsGoneThoughItForksAllTheTime) {
  options_.processes_max = 400;
  OrderBuilder order(1);
  // Each generation leaves its child in a session of its own and goes; at any instant there are a few.
  order.script(
      "#!/bin/bash\nhop() { sleep 0.01; setsid bash -c \"$(declare -f hop); hop\" & exit 0; }\n"
      "for i in 1 2 3 4; do (hop) & done\nsleep 0.3\nexit 4\n");
  EXPECT_EQ(run(order).exit_code, 4);
  EXPECT_EQ(processes_left(), 0);
}

/// Takes so many MiB, in a child of the shell, and keeps them until it is killed.
std::string take(int mebibytes) {
  return "python3 -c 'import time; b = bytearray(" + std::to_string(mebibytes) + " << 20); time.sleep(1000)'; exit 9";
}

TEST_P(ProcessTree, EndsOverItsMemoryLimit) {
  OrderBuilder order(1);
  order.shell(take(256)).memory(Bytes(64LL << 20));
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::memory);
  EXPECT_THAT(end.message, HasSubstr("task 0 used more than its 64 MiB of memory"));
  EXPECT_GT(end.memory_peak.raw(), 32LL << 20);
  EXPECT_EQ(processes_left(), 0);
}

TEST_P(ProcessTree, LimitsTheMemoryOfEachTaskOfAGang) {
  OrderBuilder order(1);
  order.shell("sleep 1000").memory(Bytes(64LL << 20)).tasks(3);
  order->tasks[2].command = {"/bin/sh", "-c", take(256)};
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::memory);
  EXPECT_EQ(end.task, 2);
}

TEST_P(ProcessTree, MayUseWhatItLeased) {
  OrderBuilder order(1);
  order.shell("python3 -c 'b = bytearray(32 << 20)'").memory(Bytes(128LL << 20));
  EXPECT_EQ(run(order).exit_code, 0);
}

TEST_P(ProcessTree, LeavesNoControlGroupBehind) {
  run(OrderBuilder(1).shell("exit 0").tasks(2).memory(Bytes(64LL << 20)));
  const auto order = text_of(folder({model::JobId(1), 1}) + "/order");
  std::size_t groups = 0;
  for (std::size_t at = 0; (at = order.find("/sys/fs/cgroup/", at)) != std::string::npos; ++at, ++groups) {
    const std::size_t end = order.find("-1.1", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(order.substr(at, end + 4 - at))) << order.substr(at, end + 4 - at);
  }
  if (GetParam() == UseGroups::never) {
    EXPECT_EQ(groups, 0u);
  }
}

}  // namespace
}  // namespace mingyue::engines
