// What a job sees of the local engine: how it is started, what it finds, how its end is told.

#include <gmock/gmock.h>

#include "engines/engine_testing.hpp"

namespace mingyue::engines {
namespace {

using namespace testing;
using model::EndCause;
using ::testing::HasSubstr;

class LocalEngine : public LocalEngineTest {};

TEST_F(LocalEngine, ReportsLaunchedThenEndedOfAProgramThatSucceeds) {
  const OrderBuilder order(1);
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::exited);
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.message, "");
  EXPECT_EQ(sink_.all<ports::Launched>(order.id()).size(), 1u);
  EXPECT_EQ(sink_.all<ports::Ended>(order.id()).size(), 1u);
}

TEST_F(LocalEngine, TellsTheExitCode) {
  const auto end = run(OrderBuilder(1).shell("exit 7"));
  EXPECT_EQ(end.cause, EndCause::exited);
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_EQ(end.message, "task 0 exited with code 7");
}

TEST_F(LocalEngine, PassesExitCode93ThatMeansDoNotRetry) {
  EXPECT_EQ(run(OrderBuilder(1).shell("exit 93")).exit_code, 93);
}

TEST_F(LocalEngine, TellsTheSignalThatSomebodyElseSent) {
  const auto end = run(OrderBuilder(1).shell("kill -SEGV $$"));
  EXPECT_EQ(end.cause, EndCause::signalled);
  EXPECT_EQ(end.signal, SIGSEGV);
  EXPECT_THAT(end.message, HasSubstr("SIGSEGV"));
}

TEST_F(LocalEngine, CapturesOutputAndErrorsApart) {
  OrderBuilder order(1);
  run(order.shell("echo to out; echo to err >&2"));
  EXPECT_EQ(output(order.id()), "to out\n");
  EXPECT_EQ(output(order.id(), 0, OutputStream::err), "to err\n");
}

TEST_F(LocalEngine, RunsAScriptWithItsOwnInterpreter) {
  OrderBuilder order(1);
  run(order.script("#!/usr/bin/env -S awk -f\nBEGIN { print 6 * 7 }\n"));
  EXPECT_EQ(output(order.id()), "42\n");
}

TEST_F(LocalEngine, RunsAScriptWithoutAFirstLineInTheShell) {
  OrderBuilder order(1);
  run(order.script("set -- a b\necho $# words\n"));
  EXPECT_EQ(output(order.id()), "2 words\n");
}

TEST_F(LocalEngine, FindsACommandInPathAndPassesItsWordsUntouched) {
  OrderBuilder order(1);
  run(order.command({"printf", "%s|", "a b", "$HOME", ""}));
  EXPECT_EQ(output(order.id()), "a b|$HOME||");
}

TEST_F(LocalEngine, GivesEveryTaskItsEnvironment) {
  OrderBuilder order(12);
  order.shell("env").tasks(2).each([](auto& task) { task.environment.push_back({"RANK", std::to_string(task.rank)}); });
  order->checkpoint_last = "ckpt-9";
  run(order);
  const std::string first = "\n" + output(order.id(), 0);
  const std::string second = "\n" + output(order.id(), 1);
  EXPECT_THAT(first, HasSubstr("\nRANK=0\n"));
  EXPECT_THAT(second, HasSubstr("\nRANK=1\n"));
  EXPECT_THAT(first, HasSubstr("\nMINGYUE_PROGRESS=" + folder(order.id()) + "/progress\n"));
  EXPECT_THAT(first, HasSubstr("\nMINGYUE_CHECKPOINT=" + options_.root + "/checkpoints/12\n"));
  EXPECT_THAT(first, HasSubstr("\nMINGYUE_CHECKPOINT_LAST=ckpt-9\n"));
  EXPECT_THAT(first, HasSubstr("\nMINGYUE_ATTEMPT_ID=12.1\n"));
  EXPECT_THAT(first, HasSubstr("\nMASTER_ADDR=127.0.0.1\n"));
  for (const char* name : {"HOME", "PATH", "USER", "TMPDIR"})
    EXPECT_THAT(first, HasSubstr("\n" + std::string(name) + "="));
  const auto port = [](const std::string& text) { return text.substr(text.find("\nMASTER_PORT=") + 13, 5); };
  EXPECT_EQ(port(first), port(second));
}

TEST_F(LocalEngine, LeavesNoMasterPortToASingleTask) {
  OrderBuilder order(1);
  run(order.shell("echo \"[$MASTER_PORT]\""));
  EXPECT_EQ(output(order.id()), "[]\n");
}

TEST_F(LocalEngine, KeepsTheCheckpointFolderFromOneAttemptToTheNext) {
  run(OrderBuilder(5, 1).shell("echo state > $MINGYUE_CHECKPOINT/file"));
  engine().forget({model::JobId(5), 1});
  OrderBuilder second(5, 2);
  run(second.shell("cat $MINGYUE_CHECKPOINT/file"));
  EXPECT_EQ(output(second.id()), "state\n");
}

TEST_F(LocalEngine, RunsInAFreshFolderWhenTheJobNamesNone) {
  OrderBuilder order(1);
  run(order.shell("pwd; ls -A | wc -l"));
  EXPECT_EQ(output(order.id()), folder(order.id()) + "/work\n0\n");
}

TEST_F(LocalEngine, AlsoWritesOutputWhereTheJobWantsIt) {
  OrderBuilder order(1);
  order.shell("echo out; echo err >&2").tasks(2);
  order->workdir = base_;
  order->output = "all-%t.txt";
  run(order);
  const std::string text = text_of(base_ + "/all-1.txt");
  EXPECT_THAT(text, HasSubstr("out\n"));
  EXPECT_THAT(text, HasSubstr("err\n"));
  EXPECT_TRUE(std::filesystem::exists(base_ + "/all-0.txt"));
}

TEST_F(LocalEngine, CountsCpuTimeOfTheWholeTree) {
  const auto end = run(OrderBuilder(1).shell("(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done)"));
  EXPECT_GT(end.cpu_ms, 10);
  EXPECT_GT(end.memory_peak.raw(), 100'000);
}

// ---- what cannot be launched

TEST_F(LocalEngine, SaysWhichProgramIsMissing) {
  OrderBuilder order(1);
  const auto end = run(order.command({"no-such-program", "--fast"}));
  EXPECT_EQ(end.cause, EndCause::launch_failed);
  EXPECT_THAT(end.message, HasSubstr("program \"no-such-program\" is not in PATH (/"));
  EXPECT_TRUE(sink_.all<ports::Launched>(order.id()).empty());
}

TEST_F(LocalEngine, SaysWhichFileCannotBeRun) {
  EXPECT_THAT(run(OrderBuilder(1).command({"./missing"})).message, HasSubstr("cannot run \"./missing\" in \""));
  EXPECT_THAT(run(OrderBuilder(2).command({"/etc/passwd"})).message, HasSubstr("Permission denied"));
  EXPECT_THAT(run(OrderBuilder(3).script("#!/no/interpreter\n")).message, HasSubstr("\"#!/no/interpreter\""));
}

TEST_F(LocalEngine, SaysWhichWorkingFolderIsMissing) {
  OrderBuilder order(1);
  order->workdir = "/no/such/folder";
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::launch_failed);
  EXPECT_THAT(end.message, HasSubstr("working folder \"/no/such/folder\": No such file or directory"));
}

TEST_F(LocalEngine, SaysWhichOutputFileCannotBeOpened) {
  OrderBuilder order(1);
  order->output = "no/such/folder/out.txt";
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::launch_failed);
  EXPECT_THAT(end.message, HasSubstr("no/such/folder/out.txt\": No such file or directory"));
}

TEST_F(LocalEngine, LaunchesNoTaskOfAGangWhenOneCannotBe) {
  OrderBuilder order(1);
  order.shell("sleep 1000").tasks(3);
  order->tasks[2].command = {"no-such-program"};
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::launch_failed);
  EXPECT_THAT(end.message, HasSubstr("task 2: program"));
  EXPECT_EQ(processes_left(), 0);
}

// ---- gangs, signals, ends

TEST_F(LocalEngine, SucceedsOnlyWhenEveryTaskDoes) {
  OrderBuilder order(1);
  EXPECT_EQ(run(order.shell("exit 0").tasks(4)).exit_code, 0);
}

TEST_F(LocalEngine, EndsTheOtherTasksWhenOneFails) {
  OrderBuilder order(1);
  order.shell("trap '' TERM; while :; do sleep 0.05; done").tasks(3);
  order->tasks[1].command = {"/bin/sh", "-c", "exit 5"};
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::exited);
  EXPECT_EQ(end.exit_code, 5);
  EXPECT_EQ(end.task, 1);
  EXPECT_EQ(processes_left(), 0);
}

TEST_F(LocalEngine, SendsASignalToEveryTask) {
  OrderBuilder order(1);
  engine().launch(order.script("trap 'exit 11' USR1\necho ready\nwhile :; do sleep 0.02; done\n").tasks(2));
  ASSERT_TRUE(eventually([&] { return output(order.id(), 0) == "ready\n" && output(order.id(), 1) == "ready\n"; }));
  engine().signal(order.id(), SIGUSR1);
  const auto end = end_of(order.id());
  EXPECT_EQ(end.cause, EndCause::exited);
  EXPECT_EQ(end.exit_code, 11);
}

TEST_F(LocalEngine, TakesADeathByItsOwnSignalForAnEndByTheCentre) {
  OrderBuilder order(1);
  engine().launch(order.command({"sleep", "1000"}));
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  engine().signal(order.id(), SIGUSR1);
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
}

TEST_F(LocalEngine, WaitsForTheProgramInAShellThatDiedOfTheCheckpointSignal) {
  OrderBuilder order(1);
  const std::string saver = "trap 'sleep 0.3; echo saved; exit 0' USR1; echo ready; while :; do sleep 0.02; done";
  engine().launch(order.script("#!/bin/bash\nbash -c \"" + saver + "\"\ntrue\n"));
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\n"; }));
  engine().signal(order.id(), SIGUSR1);
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
  EXPECT_EQ(output(order.id()), "ready\nsaved\n");
}

TEST_F(LocalEngine, EndsAnAttemptThatListens) {
  OrderBuilder order(1);
  engine().launch(order.script("trap 'echo bye; exit 0' TERM\necho ready\nwhile :; do sleep 0.02; done\n"));
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\n"; }));
  engine().end(order.id(), seconds(30));
  const auto end = end_of(order.id());
  EXPECT_EQ(end.cause, EndCause::ended);
  EXPECT_EQ(end.message, "ended by the centre");
  EXPECT_EQ(output(order.id()), "ready\nbye\n");
}

TEST_F(LocalEngine, KillsAnAttemptThatDoesNotListenAfterItsGrace) {
  OrderBuilder order(1);
  engine().launch(order.script("trap '' TERM\necho ready\nwhile :; do sleep 0.02; done\n"));
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\n"; }));
  engine().end(order.id(), milliseconds(100));
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
  EXPECT_EQ(processes_left(), 0);
}

TEST_F(LocalEngine, GivesTheGraceOfAnEndToTheWholeTree) {
  OrderBuilder order(1);
  const std::string saver = "trap 'sleep 0.3; echo saved; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
  engine().launch(order.script("#!/bin/bash\nbash -c \"" + saver + "\"\ntrue\n"));
  ASSERT_TRUE(eventually([&] { return output(order.id()) == "ready\n"; }));
  engine().end(order.id(), seconds(30));
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
  EXPECT_EQ(output(order.id()), "ready\nsaved\n");
}

TEST_F(LocalEngine, EndsAStoppedAttempt) {
  OrderBuilder order(1);
  engine().launch(order.command({"sleep", "1000"}));
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  engine().signal(order.id(), SIGSTOP);
  engine().end(order.id(), seconds(30));
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
}

TEST_F(LocalEngine, EndsAnAttemptThatHasOnlyJustBeenLaunched) {
  OrderBuilder order(1);
  engine().launch(order.command({"sleep", "1000"}));
  engine().end(order.id(), milliseconds(100));
  EXPECT_EQ(end_of(order.id()).cause, EndCause::ended);
}

// ---- limits

TEST_F(LocalEngine, EndsAtTheWallLimit) {
  OrderBuilder order(1);
  order.command({"sleep", "1000"});
  order->wall = milliseconds(200);
  const auto end = run(order);
  EXPECT_EQ(end.cause, EndCause::wall);
  EXPECT_THAT(end.message, HasSubstr("over its wall limit"));
}

TEST_F(LocalEngine, SignalsBeforeTheWallLimitSoThatACheckpointCanBeWritten) {
  OrderBuilder order(1);
  order.script("trap 'echo checkpoint' USR1\nwhile :; do sleep 0.02; done\n");
  order->wall = milliseconds(2500);
  order->checkpoint = {.signal = SIGUSR1, .grace = milliseconds(700)};
  EXPECT_EQ(run(order).cause, EndCause::wall);
  EXPECT_EQ(output(order.id()), "checkpoint\n");
}

TEST_F(LocalEngine, TakesADeathByTheWarningForTheWallLimit) {
  OrderBuilder order(1);
  order.command({"sleep", "1000"});
  order->wall = seconds(30);
  order->checkpoint = {.signal = SIGUSR1, .grace = milliseconds(29'900)};
  EXPECT_EQ(run(order).cause, EndCause::wall);
}

TEST_F(LocalEngine, PinsTasksToTheirCoresButNotOnAVirtualNode) {
  OrderBuilder real(1);
  real.shell("grep Cpus_allowed_list /proc/self/status").each([](auto& task) {
    task.node_is_virtual = false;
    task.lease.cores = {0};
  });
  OrderBuilder imagined(2);
  imagined.shell("grep Cpus_allowed_list /proc/self/status").each([](auto& task) { task.lease.cores = {0}; });
  run(real);
  run(imagined);
  if (engine().cores() < CoreCount(2)) GTEST_SKIP() << "a machine of one core shows no difference";
  EXPECT_NE(output(real.id()), output(imagined.id()));
}

TEST_F(LocalEngine, ReportsWhichLimitsHold) {
  model::Node node{.name = "n0", .cores = engine().cores(), .cards = CardCount(2), .is_virtual = true};
  std::string text;
  for (const auto& fact : engine().limits(node))
    text += fact.limit + (fact.enforced ? " yes " : " no ") + fact.how + "\n";
  for (const char* limit : {"wall time yes", "memory yes", "process clean-up yes", "cores no a virtual node",
                            "cards no", "output size yes"})
    EXPECT_THAT(text, HasSubstr(limit));
  std::printf("%s", text.c_str());
}

// ---- openings

TEST_F(LocalEngine, RefusesARootThatAnotherDaemonUses) {
  open();
  RecordingSink other;
  const auto second = engines::LocalEngine::open(options_, other);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another daemon uses it"));
}

TEST_F(LocalEngine, SaysThatTheSupervisorIsMissing) {
  options_.shim = "/no/such/shim";
  const auto opened = engines::LocalEngine::open(options_, sink_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "no-shim");
}

TEST_F(LocalEngine, WorksBelowAPathLongerThanASocketsName) {
  options_.root = base_ + "/" + std::string(120, 'x') + "/" + std::string(120, 'y');
  OrderBuilder order(1);
  EXPECT_EQ(run(order.shell("echo deep")).exit_code, 0);
  EXPECT_EQ(output(order.id()), "deep\n");
}

}  // namespace
}  // namespace mingyue::engines
