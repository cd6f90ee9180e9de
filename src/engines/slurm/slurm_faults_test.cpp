#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engines/slurm/lab_testing.hpp"
#include "engines/slurm/record.hpp"

namespace mingyue::engines::slurm {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using enum model::EndCause;

/// Runs until the file `go` is in its working folder, and says how often it was begun.
std::string until_told() { return "echo up >> ../work/begun; while [ ! -e ../work/go ]; do sleep 0.1; done; exit 7"; }

TEST_F(LabTest, ARestartAdoptsWhatRuns) {
  auto stays = order(101).shell(until_told());
  auto goes = order(102).shell("sleep 200");
  engine().launch(stays);
  engine().launch(goes);
  ASSERT_TRUE(launched(stays.id()) && launched(goes.id()));
  restart({stays.id()});
  engine().launch(stays);  // as the core does, which does not know how far it had come
  ASSERT_TRUE(eventually([&] { return lab_->ask("squeue -h -t R -o %k").find(":102.1") == std::string::npos; }, 60'000))
      << "what is in no log is ended";
  std::ofstream(folder(stays.id()) + "/work/go");
  const auto end = end_of(stays.id());
  EXPECT_EQ(end.cause, exited) << end.message;
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_EQ(testing::text_of(folder(stays.id()) + "/work/begun"), "up\n");
  EXPECT_EQ(sink_->all<ports::Ended>(goes.id()).size(), 0U);
}

TEST_F(LabTest, AnEndThatWasReportedIsReportedAgainUntilItIsForgotten) {
  auto job = order(103).shell("exit 9");
  EXPECT_EQ(run(job).exit_code, 9);
  restart({job.id()});
  EXPECT_THAT(end_of(job.id()), exit_code_is(9));
  engine().forget(job.id());
  ASSERT_TRUE(eventually([&] { return !std::filesystem::exists(base_ + "/records/103.1"); }));
}

TEST_F(LabTest, ASubmissionWhoseAnswerWasLostIsFoundByItsComment) {
  auto job = order(104).shell(until_told());
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  engine_.reset();
  // As if the engine had fallen between its request and the answer.
  const Records records(base_ + "/records");
  auto record = *records.read(job.id());
  const std::int64_t number = std::exchange(record.job, 0);
  ASSERT_GT(number, 0);
  ASSERT_TRUE(records.write(job.id(), record));
  restart({job.id()});
  engine().launch(job);
  ASSERT_TRUE(eventually([&] { return job_of(job.id()) == number; }, 30'000));
  std::ofstream(folder(job.id()) + "/work/go");
  EXPECT_THAT(end_of(job.id()), exit_code_is(7));
  EXPECT_EQ(testing::text_of(folder(job.id()) + "/work/begun"), "up\n");
}

TEST_F(LabTest, ASubmissionThatNeverArrivedIsSubmittedAgain) {
  auto job = order(105).shell("exit 7");
  const Records records(base_ + "/records");
  std::filesystem::create_directory(base_ + "/records");
  ASSERT_TRUE(records.write(job.id(), {.account = "nobody", .uid = 65534, .asked_at_ms = 1, .end = {}}));
  restart({job.id()});
  engine().launch(job);
  EXPECT_THAT(end_of(job.id()), exit_code_is(7));
}

TEST_F(LabTest, AnOperatorsCancelIsNobodysEnd) {
  auto job = order(106).shell("sleep 200");
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  (void)lab_->ask("scancel " + std::to_string(job_of(job.id())));
  const auto end = end_of(job.id());
  EXPECT_EQ(end.cause, lost);
  EXPECT_THAT(end.message, HasSubstr("cancelled in Slurm"));
}

/// The record of an attempt is in its account's own folder.
TEST_F(LabTest, AnEndThatIsNoneGainsLittle) {
  options_.leaving = seconds(2);
  auto honest = order(122).shell("exit 0");
  ASSERT_EQ(run(honest).exit_code, 0);
  const std::string record = testing::text_of(folder(honest.id()) + "/end");
  std::ofstream(base_ + "/lie") << record;
  auto liar = order(123).shell("cat " + base_ + "/lie > ../end; sleep 100");
  EXPECT_THAT(run(liar), exit_code_is(0));
  const std::string job = std::to_string(job_of(liar.id()));
  EXPECT_TRUE(eventually(
      [&] { return lab_->ask("squeue -h -t all -o %T -j " + job).find("CANCELLED") != std::string::npos; }, 60'000));
}

TEST_F(LabTest, ARequeueBehindOurBackDoesNotRunItTwice) {
  auto job = order(107).shell(until_told());
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  const std::string number = std::to_string(job_of(job.id()));
  (void)lab_->ask("scontrol update jobid=" + number + " requeue=1; scontrol requeue " + number);
  EXPECT_THAT(end_of(job.id()), cause_is(lost));
  EXPECT_EQ(testing::text_of(folder(job.id()) + "/work/begun"), "up\n");
}

TEST_F(LabTest, ANodeThatDiesTakesItsAttemptsAlong) {
  auto job = gang(108, {"node1", "node4"}).shell("sleep 300");
  auto other = order(109, "node1").shell(until_told());
  engine().launch(job);
  engine().launch(other);
  ASSERT_TRUE(launched(job.id()) && launched(other.id()));
  ASSERT_TRUE(lab_->verb("node-kill 4"));
  EXPECT_THAT(end_of(job.id()), cause_is(node_lost));
  EXPECT_TRUE(node_seen(4, false));
  ASSERT_TRUE(lab_->verb("node-heal 4"));
  EXPECT_TRUE(node_seen(4, true));
  std::ofstream(folder(other.id()) + "/work/go");
  EXPECT_THAT(end_of(other.id()), exit_code_is(7));
}

TEST_F(LabTest, ANodeThatIsCutOffIsLostAndComesBackEmpty) {
  auto job = order(110, "node4").shell("sleep 300");
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  ASSERT_TRUE(lab_->verb("node-cut 4"));
  EXPECT_THAT(end_of(job.id()), cause_is(node_lost));
  ASSERT_TRUE(lab_->verb("node-heal 4"));
  EXPECT_TRUE(node_seen(4, true));
  auto next = order(111, "node4").shell("exit 0");
  EXPECT_EQ(run(next).cause, exited);
}

/// A slurmctld that was killed may come back with an older state, in which the job was never begun, and ends it then.
/// What is promised is one end, and one run.
::testing::AssertionResult ended_as_it_did_or_forgotten(const model::AttemptEnd& end) {
  if (end.cause == lost || end.cause == node_lost || (end.cause == exited && end.exit_code == 7))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "cause " << static_cast<int>(end.cause) << ", exit code " << end.exit_code
                                       << ": " << end.message;
}

TEST_F(LabTest, TheControllersDeathEndsNothing) {
  auto running = order(112).shell(until_told());
  engine().launch(running);
  ASSERT_TRUE(launched(running.id()));
  ::usleep(7'000'000);  // slurmctld writes its state down every five seconds, and may forget what is younger
  ASSERT_TRUE(lab_->verb("daemon-kill slurmctld"));
  auto waiting = order(113).shell("exit 6");
  engine().launch(waiting);
  EXPECT_TRUE(eventually([&] { return !engine().facts().trouble.empty(); }, 60'000));
  EXPECT_EQ(sink_->all<ports::Ended>(running.id()).size(), 0U);
  EXPECT_EQ(sink_->all<ports::Ended>(waiting.id()).size(), 0U);
  ASSERT_TRUE(lab_->verb("daemon-start slurmctld"));
  EXPECT_THAT(end_of(waiting.id()), exit_code_is(6));
  std::ofstream(folder(running.id()) + "/work/go");
  EXPECT_TRUE(ended_as_it_did_or_forgotten(end_of(running.id())));
  EXPECT_EQ(sink_->all<ports::Ended>(running.id()).size(), 1U);
  EXPECT_EQ(testing::text_of(folder(running.id()) + "/work/begun"), "up\n");
}

TEST_F(LabTest, WhatEndsWhileTheControllerIsAwayEndsAsItDid) {
  auto job = order(114).shell(until_told());
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  ::usleep(7'000'000);  // slurmctld writes its state down every five seconds, and may forget what is younger
  ASSERT_TRUE(lab_->verb("daemon-kill slurmctld"));
  std::ofstream(folder(job.id()) + "/work/go");
  ::usleep(2'000'000);
  ASSERT_TRUE(lab_->verb("daemon-start slurmctld"));
  EXPECT_TRUE(ended_as_it_did_or_forgotten(end_of(job.id())));
  EXPECT_EQ(sink_->all<ports::Ended>(job.id()).size(), 1U);
}

TEST_F(LabTest, WhatSlurmItselfForgetsEndsOnceAndRunsOnce) {
  auto job = order(119).shell(until_told());
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  ASSERT_TRUE(lab_->verb("daemon-kill slurmctld"));
  ASSERT_TRUE(lab_->verb("daemon-start slurmctld"));
  std::ofstream(folder(job.id()) + "/work/go");
  const auto end = end_of(job.id());
  EXPECT_TRUE(ended_as_it_did_or_forgotten(end));
  ::usleep(3'000'000);
  EXPECT_EQ(sink_->all<ports::Ended>(job.id()).size(), 1U);
  EXPECT_EQ(testing::text_of(folder(job.id()) + "/work/begun"), "up\n");
}

TEST_F(LabTest, TheRestDaemonsDeathOnlyDelays) {
  ASSERT_TRUE(lab_->verb("daemon-kill slurmrestd"));
  auto job = order(115).shell("exit 5");
  engine().launch(job);
  ::usleep(2'000'000);
  EXPECT_EQ(sink_->all<ports::Ended>(job.id()).size(), 0U);
  ASSERT_TRUE(lab_->verb("daemon-start slurmrestd"));
  EXPECT_THAT(end_of(job.id()), exit_code_is(5));
}

TEST_F(LabTest, ANodesDaemonMayBeRestarted) {
  auto job = order(116, "node2").shell(until_told());
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  ASSERT_TRUE(lab_->verb("daemon-kill slurmd@2"));
  ASSERT_TRUE(lab_->verb("daemon-start slurmd@2"));
  ::usleep(2'000'000);
  std::ofstream(folder(job.id()) + "/work/go");
  EXPECT_THAT(end_of(job.id()), exit_code_is(7));
}

TEST_F(LabTest, WhenSlurmsStateIsLostItsNumbersMeanNothing) {
  auto job = order(117).shell(until_told());
  engine().launch(job);
  ASSERT_TRUE(launched(job.id()));
  ASSERT_TRUE(lab_->verb("daemon-kill slurmctld"));
  ASSERT_TRUE(lab_->verb("exec ctl sh -c 'rm -rf $SLURM_LAB_DIR/state/*'"));
  ASSERT_TRUE(lab_->verb("daemon-start slurmctld"));
  // Somebody else's job gets a number that ours may have had.
  for (int i = 0; i < 3; ++i) (void)lab_->ask("cd /tmp && sbatch -o /dev/null -t 1 --wrap true");
  const auto end = end_of(job.id());
  EXPECT_EQ(end.cause, lost) << end.message;
  EXPECT_EQ(sink_->all<ports::Ended>(job.id()).size(), 1U);
  // On another node: the first may still have a job of the number that this one gets, and be drained for it.
  auto next = order(118, "node3").shell("exit 3");
  EXPECT_EQ(run(next).exit_code, 3);
}

}  // namespace
}  // namespace mingyue::engines::slurm
