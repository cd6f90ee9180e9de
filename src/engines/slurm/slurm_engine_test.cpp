#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "engines/slurm/lab_testing.hpp"

namespace mingyue::engines::slurm {
namespace {

using ::testing::ElementsAre;
using testing::eventually;
using ::testing::HasSubstr;
using enum model::EndCause;

TEST_F(LabTest, AnAttemptRunsAsItsAccountOnItsNode) {
  auto job = order(1, "node3").shell("id -un; hostname; pwd; echo $HOME $MINGYUE_ATTEMPT_ID; exit 3");
  const auto end = run(job);
  EXPECT_EQ(end.cause, exited) << end.message;
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(output(job.id()), "nobody\nnode3\n" + folder(job.id()) + "/work\n/nonexistent 1.1\n");
  EXPECT_EQ(sink_->all<ports::Launched>(job.id()).size(), 1U);
  EXPECT_EQ(sink_->all<ports::Ended>(job.id()).size(), 1U);
  struct stat status {};
  ASSERT_EQ(::stat(folder(job.id()).c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 65534U);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_EQ(engine().facts().version, 38);
  EXPECT_EQ(engine().facts().release, "22.05.8");
}

TEST_F(LabTest, AGangRunsInTheOrderOfItsRanks) {
  auto job = gang(2, {"node4", "node1", "node1", "node4"})
                 .shell("echo $MINGYUE_TASK $(hostname) $PMIX_RANK $SLURM_PROCID $MASTER_ADDR");
  const auto end = run(job);
  EXPECT_EQ(end.cause, exited) << end.message;
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(output(job.id(), 0), "0 node4 0 0 node4\n");
  EXPECT_EQ(output(job.id(), 1), "1 node1 1 1 node4\n");
  EXPECT_EQ(output(job.id(), 2), "2 node1 2 2 node4\n");
  EXPECT_EQ(output(job.id(), 3), "3 node4 3 3 node4\n");
  EXPECT_EQ(sink_->all<ports::Launched>(job.id()).size(), 1U);
}

TEST_F(LabTest, ATaskThatFailsEndsTheGang) {
  auto job = gang(3, {"node1", "node2", "node3"}).shell("[ $MINGYUE_TASK = 1 ] && exit 5; sleep 200");
  const auto end = run(job);
  EXPECT_EQ(end.cause, exited) << end.message;
  EXPECT_EQ(end.exit_code, 5);
  EXPECT_EQ(end.task, 1);
}

TEST_F(LabTest, UnequalTasksOfAGangGetWhatTheyLeased) {
  auto job = gang(4, {"node2", "node1", "node3", "node1"})
                 .shell(
                     "trap 'echo got; exit 0' USR1; echo $MINGYUE_TASK $(hostname) $SLURM_CPUS_ON_NODE; "
                     "while :; do sleep 0.1; done");
  job->tasks[1].lease.cores = {0, 1, 2};
  job->tasks[1].lease.memory = Bytes(192LL << 20);
  engine().launch(job);
  ASSERT_TRUE(launched(job.id())) << sink_->all<ports::Ended>(job.id()).at(0).end.message;
  ASSERT_TRUE(eventually([&] { return !output(job.id(), 0).empty() && !output(job.id(), 3).empty(); }));
  engine().signal(job.id(), SIGUSR1);
  const auto end = end_of(job.id());
  EXPECT_EQ(end.cause, exited) << end.message;
  EXPECT_EQ(output(job.id(), 0), "0 node2 1\ngot\n");
  EXPECT_EQ(output(job.id(), 1), "1 node1 4\ngot\n");
  EXPECT_EQ(output(job.id(), 2), "2 node3 1\ngot\n");
  EXPECT_EQ(output(job.id(), 3), "3 node1 4\ngot\n");
}

TEST_F(LabTest, TasksOnOneNodeHaveCardsOfTheirOwn) {
  auto job = gang(5, {"node1", "node1"}).shell("echo $CUDA_VISIBLE_DEVICES");
  for (auto& task : job->tasks) {
    task.lease.cards = {task.rank};
    task.card_type = "a100";
    task.environment.emplace_back("MINGYUE_CARDS", "1");
  }
  const auto end = run(job);
  EXPECT_EQ(end.cause, exited) << end.message;
  EXPECT_THAT((std::vector{output(job.id(), 0), output(job.id(), 1)}), ElementsAre("0\n", "1\n"));
}

TEST_F(LabTest, ASignalReachesTheTasksOnce) {
  const std::string script = "trap 'echo got; n=1' USR1; echo up; while [ -z $n ]; do sleep 0.1; done; sleep 1; exit 4";
  auto one = order(6).shell(script);
  auto many = gang(7, {"node1", "node2"}).shell(script);
  for (auto* job : {&one, &many}) {
    engine().launch(*job);
    ASSERT_TRUE(launched(job->id()));
    ASSERT_TRUE(eventually([&] { return output(job->id()).starts_with("up"); }, 60'000));
    engine().signal(job->id(), SIGUSR1);
    const auto end = end_of(job->id());
    EXPECT_EQ(end.exit_code, 4) << end.message;
    EXPECT_EQ(output(job->id()), "up\ngot\n");
  }
}

TEST_F(LabTest, AnEndHasItsGrace) {
  auto patient = order(8).shell("trap 'sleep 1; echo saved; exit 0' TERM; echo up; while :; do sleep 0.1; done");
  auto deaf = gang(9, {"node1", "node2"}).shell("trap '' TERM; echo up; while :; do sleep 0.1; done");
  for (auto* job : {&patient, &deaf}) {
    engine().launch(*job);
    ASSERT_TRUE(launched(job->id()));
    ASSERT_TRUE(eventually([&] { return output(job->id()).starts_with("up"); }, 60'000));
    engine().end(job->id(), seconds(4));
    EXPECT_EQ(end_of(job->id()).cause, ended);
  }
  EXPECT_EQ(output(patient.id()), "up\nsaved\n");
}

TEST_F(LabTest, WhatIsEndedBeforeItBeganNeverRuns) {
  auto job = order(10).shell("echo ran");
  engine().launch(job);
  engine().end(job.id(), seconds(0));
  EXPECT_EQ(end_of(job.id()).cause, ended);
  EXPECT_EQ(output(job.id()), "");
  const model::AttemptId elsewhere{model::JobId(11), 1};
  engine().end(elsewhere, seconds(0));
  ::usleep(500'000);
  EXPECT_TRUE(sink_->all<ports::Ended>(elsewhere).empty()) << "it may be another engine's";
}

TEST_F(LabTest, LimitsAreKept) {
  auto slow = order(12).shell("sleep 100");
  slow->wall = seconds(2);
  EXPECT_EQ(run(slow).cause, wall);
  auto fat = order(13).shell("exec perl -e '$x = \"x\" x 300_000_000; sleep 60'");
  EXPECT_EQ(run(fat).cause, memory);
}

TEST_F(LabTest, AccountsThatCannotRunAreRefusedClearly) {
  auto unknown = order(14);
  unknown->account = "no-such-account";
  const auto end = run(unknown);
  EXPECT_EQ(end.cause, launch_failed);
  EXPECT_THAT(end.message, HasSubstr("no Unix account \"no-such-account\""));
  auto root = order(15);
  root->account = "root";
  EXPECT_EQ(run(root).cause, launch_failed);
  auto nowhere = order(16, "node9");
  const auto refused = run(nowhere);
  EXPECT_EQ(refused.cause, launch_failed);
  EXPECT_THAT(refused.message, HasSubstr("Invalid node name"));
  auto missing = order(17).command({"no-such-program"});
  EXPECT_THAT(run(missing).message, HasSubstr("no-such-program"));
}

TEST_F(LabTest, ProgressAndSilenceAreTold) {
  options_.step_every = milliseconds(100);
  auto job = order(18).shell(
      "echo '{\"step\": 7, \"of\": 9}' >> $MINGYUE_PROGRESS; "
      "echo '{\"checkpoint\": \"c1\", \"step\": 8}' >> $MINGYUE_PROGRESS; sleep 6");
  job->hang_after = seconds(2);
  const auto end = run(job);
  EXPECT_EQ(end.last_step, 8);
  const auto told = sink_->all<ports::Progressed>(job.id());
  ASSERT_GE(told.size(), 1U);
  EXPECT_EQ(told.back().progress.checkpoint, "c1");
  EXPECT_EQ(sink_->all<ports::Silent>(job.id()).size(), 1U);
}

TEST_F(LabTest, AGuestIsToldWhereItWasPlaced) {
  auto job = gang(19, {"", ""}).shell("hostname");
  job->guest = true;
  const auto end = run(job);
  EXPECT_EQ(end.cause, exited) << end.message;
  engine_.reset();
  const auto placed = sink_->all<ports::Placed>(job.id());
  ASSERT_EQ(placed.size(), 1U);
  ASSERT_EQ(placed[0].nodes.size(), 2U);
  EXPECT_EQ(output(job.id(), 0), placed[0].nodes[0] + "\n");
  EXPECT_EQ(output(job.id(), 1), placed[0].nodes[1] + "\n");
}

TEST_F(LabTest, ForgottenIsForgotten) {
  auto job = order(20).shell("echo hello");
  (void)run(job);
  engine().forget(job.id());
  ASSERT_TRUE(eventually([&] { return !std::filesystem::exists(folder(job.id()) + "/order"); }));
  EXPECT_EQ(output(job.id()), "hello\n") << "its output stays";
  engine().launch(job);
  restart({});
  ::usleep(1'500'000);
  EXPECT_EQ(sink_->all<ports::Ended>(job.id()).size(), 0U);
}

TEST_F(LabTest, OtherPeoplesFilesAreNotRead) {
  auto job = order(21).shell(
      "rm -f $MINGYUE_PROGRESS; ln -s /etc/shadow $MINGYUE_PROGRESS; "
      "cd ..; ln -s /etc/shadow output/0.err; sleep 1");
  const auto end = run(job);
  EXPECT_EQ(end.cause, exited) << end.message;
  EXPECT_EQ(OutputReader(folder(job.id()), 0, OutputStream::err).read(0, 100).bytes, "");
}

TEST_F(LabTest, MachinesAreFoundOut) {
  const auto machines = discover(options_.engine);
  ASSERT_TRUE(machines) << machines.error().message;
  ASSERT_EQ(machines->nodes.size(), 4U);
  EXPECT_EQ(machines->nodes[0].name, "node1");
  EXPECT_EQ(machines->nodes[0].cores, CoreCount(8));
  EXPECT_EQ(machines->nodes[0].card_type, "a100");
  EXPECT_EQ(machines->nodes[0].cards, CardCount(8));
  auto elsewhere = options_.engine;
  elsewhere.commands = "/nowhere";
  EXPECT_EQ(discover(elsewhere).error().code, "engine-unreachable");
}

TEST_F(LabTest, WhatOthersHoldIsSeen) {
  (void)lab_->ask("cd /tmp && sbatch -o /dev/null -w node2 -c 3 --gres=gpu:2 -t 5 --wrap 'sleep 30'");
  auto ours = order(22, "node2").shell("sleep 20");
  engine().launch(ours);
  ASSERT_TRUE(launched(ours.id()));
  const auto uses = foreign_use(options_.engine, "test");
  ASSERT_TRUE(uses) << uses.error().message;
  ASSERT_EQ(uses->size(), 1U);
  EXPECT_EQ(uses->front().node, "node2");
  EXPECT_EQ(uses->front().cores, CoreCount(3));
  EXPECT_EQ(uses->front().cards, CardCount(2));
  EXPECT_GT(uses->front().until.raw(), testing::now().raw());
  (void)lab_->ask("scancel -u root");
  engine().end(ours.id(), seconds(0));
  (void)end_of(ours.id());
}

}  // namespace
}  // namespace mingyue::engines::slurm
