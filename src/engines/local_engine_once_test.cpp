// An attempt runs at most once, whatever is asked twice and whoever dies in between.

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <map>
#include <sstream>

#include "base/prng.hpp"
#include "engines/attempt_disk.hpp"
#include "engines/engine_testing.hpp"
#include "engines/order_builder.hpp"
#include "engines/shim/command.hpp"
#include "engines/shim/order.hpp"
#include "engines/spawn.hpp"

namespace mingyue::engines {
namespace {

using namespace testing;
using model::EndCause;
using ::testing::HasSubstr;

class ExactlyOnce : public LocalEngineTest {
 protected:
  /// What a daemon that died between writing the order and starting a shim leaves behind.
  void write_order_only(const model::LaunchOrder& order) {
    std::filesystem::create_directories(options_.root + "/checkpoints");
    std::filesystem::create_directories(folder(order.attempt));
    std::ofstream(folder(order.attempt) + "/progress");
    const Machine machine{.groups = {}, .cores = CoreMap({}), .defaults = defaults_of_this_process(), .tag = "test"};
    ASSERT_TRUE(write_file_atomically(folder(order.attempt) + "/order", encode(shim_order(order, options_, machine))));
  }
  int run_shim(model::AttemptId id) {
    const auto pid = spawn(options_.shim, {folder(id)});
    EXPECT_TRUE(pid);
    int status = 0;
    ::waitpid(pid.value_or(0), &status, 0);
    return status;
  }
  std::string marks() { return text_of(base_ + "/marks"); }
  std::string leave_a_mark() { return "echo ran >> " + base_ + "/marks; "; }
};

TEST_F(ExactlyOnce, LaunchingTwiceRunsOnce) {
  OrderBuilder order(1);
  order.shell(leave_a_mark() + "sleep 0.1");
  engine().launch(order);
  engine().launch(order);
  end_of(order.id());
  engine().launch(order);
  run(OrderBuilder(2));  // the engine has seen the third request by now
  EXPECT_EQ(marks(), "ran\n");
  EXPECT_EQ(sink_.all<ports::Launched>(order.id()).size(), 1u);
  EXPECT_EQ(sink_.all<ports::Ended>(order.id()).size(), 1u);
}

TEST_F(ExactlyOnce, OfTwoShimsOneRuns) {
  for (std::uint64_t job = 1; job <= 20; ++job) {
    OrderBuilder order(job);
    write_order_only(order.shell(leave_a_mark()));
    const auto first = spawn(options_.shim, {folder(order.id())});
    const auto second = spawn(options_.shim, {folder(order.id())});
    ASSERT_TRUE(first && second);
    ::waitpid(*first, nullptr, 0);
    ::waitpid(*second, nullptr, 0);
    ASSERT_EQ(standing_of(AttemptFolder(folder(order.id()))), Standing::ended);
  }
  EXPECT_EQ(marks().size(), 20 * std::string("ran\n").size());
}

TEST_F(ExactlyOnce, AShimThatComesLateDoesNothing) {
  OrderBuilder order(1);
  write_order_only(order.shell(leave_a_mark()));
  run_shim(order.id());
  const int status = run_shim(order.id());
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(ShimExit::not_mine));
  EXPECT_EQ(marks(), "ran\n");
}

TEST_F(ExactlyOnce, AnOrderWithoutAShimIsLaunchedUnderTheSameIdentity) {
  OrderBuilder order(1);
  write_order_only(order.shell(leave_a_mark()));
  engine().reconcile({order.id()});
  EXPECT_EQ(run(order).exit_code, 0);
  EXPECT_EQ(marks(), "ran\n");
}

TEST_F(ExactlyOnce, AnAttemptThatRanWhileTheDaemonWasDeadIsNotLaunchedAgain) {
  OrderBuilder order(1);
  write_order_only(order.shell(leave_a_mark() + "exit 6"));
  run_shim(order.id());
  EXPECT_EQ(run(order).exit_code, 6);
  EXPECT_EQ(marks(), "ran\n");
}

TEST_F(ExactlyOnce, ARunningAttemptIsAdoptedWithItsExitStatus) {
  OrderBuilder order(1);
  engine().launch(order.shell(leave_a_mark() + "until [ -e " + base_ + "/go ]; do sleep 0.02; done; exit 21"));
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  restart({order.id()});
  EXPECT_TRUE(sink_.wait<ports::Launched>(order.id()));
  engine().launch(order);
  std::ofstream(base_ + "/go");
  EXPECT_EQ(end_of(order.id()).exit_code, 21);
  EXPECT_EQ(marks(), "ran\n");
}

TEST_F(ExactlyOnce, AnAdoptedAttemptCanBeSignalledAndEnded) {
  OrderBuilder order(1);
  engine().launch(order.script("trap 'echo usr1' USR1\necho ready\nwhile :; do sleep 0.02; done\n"));
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\n"; }));
  restart({order.id()});
  engine().signal(order.id(), SIGUSR1);
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\nusr1\n"; }));
  engine().end(order.id(), milliseconds(100));
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
}

TEST_F(ExactlyOnce, AnEndThatNobodySawIsReportedAfterTheRestartUntilItIsForgotten) {
  OrderBuilder order(1);
  engine().launch(order.shell("echo done; exit 8"));
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  engine_.reset();
  ASSERT_TRUE(eventually([&] { return !is_locked(AttemptFolder(folder(order.id()))); }));
  for (int restarts = 0; restarts < 2; ++restarts) {
    restart({order.id()});
    EXPECT_EQ(end_of(order.id()).exit_code, 8);
    EXPECT_EQ(sink_.all<ports::Ended>(order.id()).size(), 1u);
  }
  engine().forget(order.id());
  restart({});
  run(OrderBuilder(2));
  EXPECT_TRUE(sink_.all<ports::Ended>(order.id()).empty());
  EXPECT_EQ(output(order.id()), "done\n") << "output outlives the engine's memory";
}

TEST_F(ExactlyOnce, AForgottenAttemptIsNotLaunchedAgain) {
  OrderBuilder order(1);
  run(order.shell(leave_a_mark()));
  engine().forget(order.id());
  engine().launch(order);
  run(OrderBuilder(2));
  restart({});
  engine().launch(order);
  run(OrderBuilder(3));
  EXPECT_EQ(marks(), "ran\n");
  EXPECT_FALSE(std::filesystem::exists(folder(order.id()) + "/order"));
}

TEST_F(ExactlyOnce, AnAttemptThatTheLogDoesNotKnowIsEndedWithoutAWord) {
  OrderBuilder order(1);
  engine().launch(order.shell("trap '' TERM; while :; do sleep 0.02; done"));
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  restart({});
  ASSERT_TRUE(eventually([&] { return !std::filesystem::exists(folder(order.id()) + "/order"); }));
  EXPECT_EQ(processes_left(), 0);
  EXPECT_EQ(sink_.count(), 0u);
}

TEST_F(ExactlyOnce, AShimKilledWhileTheDaemonWasDeadIsLost) {
  OrderBuilder order(1);
  engine().launch(order.shell("setsid sleep 1000 & sleep 1000"));
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  const auto claim = read_claim(AttemptFolder(folder(order.id())));
  engine_.reset();
  ::kill(claim->pid, SIGKILL);
  restart({order.id()});
  const auto end = end_of(order.id());
  EXPECT_EQ(end.cause, EndCause::lost);
  EXPECT_THAT(end.message, HasSubstr("supervisor was killed"));
  EXPECT_EQ(processes_left(), 0);
}

TEST_F(ExactlyOnce, AnAttemptGrantedBeforeTheMachineStartedIsLostAndNeverLaunched) {
  OrderBuilder order(1);
  order.shell(leave_a_mark());
  order->granted_at = Instant(1000);
  EXPECT_EQ(run(order).cause, EndCause::lost);
  EXPECT_EQ(marks(), "");
}

TEST_F(ExactlyOnce, AnAttemptEndedBeforeItsLaunchNeverRuns) {
  OrderBuilder order(1);
  order.shell(leave_a_mark());
  engine().end(order.id(), seconds(1));
  engine().launch(order);
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
  EXPECT_EQ(marks(), "");
  EXPECT_EQ(sink_.all<ports::Ended>(order.id()).size(), 1u);
}

TEST_F(ExactlyOnce, AShimThatCannotBeginIsALaunchThatFailed) {
  options_.shim = "/bin/false";
  options_.groups = UseGroups::never;
  const auto end = run(OrderBuilder(1));
  EXPECT_EQ(end.cause, EndCause::launch_failed);
  EXPECT_THAT(end.message, HasSubstr("supervisor ended before it began (status 1)"));
}

TEST_F(ExactlyOnce, ADamagedOrderIsALaunchThatFailed) {
  OrderBuilder order(1);
  write_order_only(order);
  std::ofstream(folder(order.id()) + "/order") << "nonsense";
  run_shim(order.id());
  EXPECT_THAT(run(order).message, HasSubstr("the order is damaged"));
}

/// A daemon in a process of its own that launches eight attempts and is killed at some instant of it.
TEST_F(ExactlyOnce, HoldsWhateverTheInstantAtWhichTheDaemonIsKilled) {
  Prng prng(0x0c0ffee);
  for (std::uint64_t round = 0; round < 15; ++round) {
    std::vector<OrderBuilder> orders;
    std::vector<model::AttemptId> ids;
    for (std::uint64_t i = 1; i <= 8; ++i) {
      const std::uint64_t job = round * 100 + i;
      orders.emplace_back(job).shell("echo " + std::to_string(job) + " >> " + base_ + "/marks; exit 17");
      ids.push_back(orders.back().id());
    }
    const pid_t daemon = ::fork();
    if (daemon == 0) {
      RecordingSink sink;
      options_.groups = UseGroups::never;  // so that the trial at the beginning does not take up the time
      auto engine = engines::LocalEngine::open(options_, sink);
      if (engine)
        for (auto& order : orders) (*engine)->launch(order);
      for (;;) ::pause();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(prng.below(80'000)));
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);

    restart(ids);
    for (auto& order : orders) engine().launch(order);
    for (const model::AttemptId id : ids) {
      EXPECT_EQ(end_of(id).exit_code, 17);
      engine().forget(id);
    }
    engine_.reset();
  }
  std::map<std::string, int> count;
  std::istringstream lines(marks());
  for (std::string line; std::getline(lines, line);) ++count[line];
  EXPECT_EQ(count.size(), 15u * 8u);
  for (const auto& [job, times] : count) EXPECT_EQ(times, 1) << "job " << job;
}

TEST_F(ExactlyOnce, TheSupervisorsOwnTerminationEndsTheAttempt) {
  OrderBuilder order(1);
  engine().launch(order.command({"sleep", "1000"}));
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  ::kill(read_claim(AttemptFolder(folder(order.id())))->pid, SIGTERM);
  EXPECT_EQ(end_of(order.id()).cause, EndCause::lost);
}

}  // namespace
}  // namespace mingyue::engines
