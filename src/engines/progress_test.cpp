// Progress, checkpoints and silence.

#include <gmock/gmock.h>

#include "engines/engine_testing.hpp"
#include "engines/progress_tail.hpp"

namespace mingyue::engines {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(ProgressLine, MaySayAStep) {
  const auto progress = parse_progress(R"({"step": 120, "of": 5000})");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, 120);
  EXPECT_EQ(progress->of, 5000);
  EXPECT_EQ(progress->checkpoint, "");
}

TEST(ProgressLine, MaySayACheckpoint) {
  const auto progress = parse_progress(R"( {"checkpoint":"ckpt-120","step":120,"took_s":4.1} )");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->checkpoint, "ckpt-120");
  EXPECT_EQ(progress->step, 120);
  EXPECT_EQ(progress->took_ms, 4100);
}

TEST(ProgressLine, MaySayMoreThanWeRead) {
  EXPECT_TRUE(
      parse_progress(R"({"loss": [0.1, {"a": null}], "step": 3.0, "note": "\"\u00e9\ud83c\udf15", "ok": true})"));
  EXPECT_EQ(parse_progress(R"({"checkpoint": "\u6708"})")->checkpoint, "月");
}

TEST(ProgressLine, IsNothingWhenItCannotBeRead) {
  for (const char* line : {"",
                           "step 3",
                           "{",
                           "{}",
                           "[]",
                           R"({"step":})",
                           R"({"step":-1})",
                           R"({"step":1.5})",
                           R"({"step":"3"})",
                           R"({"of":3})",
                           R"({"step":1e999})",
                           R"({"step":nan})",
                           R"({"step":1)",
                           R"({"step":1} x)",
                           R"({"step":1,})",
                           R"({"step" 1})",
                           R"({"checkpoint":""})",
                           R"({"checkpoint":"\ud83c"})",
                           R"({"checkpoint":"a","took_s":-1})",
                           R"({"step":01})"})
    EXPECT_FALSE(parse_progress(line)) << line;
  EXPECT_FALSE(parse_progress(R"({"x":)" + std::string(100, '[') + "1" + std::string(100, ']') + R"(,"step":1})"));
}

TEST(ProgressTail, TakesALineOnlyWhenItIsWhole) {
  const std::string path = ::testing::TempDir() + "progress-tail";
  std::ofstream file(path, std::ios::trunc);
  ProgressTail tail(path);
  std::vector<std::int64_t> steps;
  const auto take = [&](const model::Progress& progress) { steps.push_back(progress.step); };
  file << R"({"step": 1})" << std::flush;
  tail.read(take);
  EXPECT_TRUE(steps.empty());
  file << "\n\nnonsense\n" << std::string(100'000, 'x') << "\n{\"step\": 2}\n{\"step\": 3}" << std::flush;
  tail.read(take);
  EXPECT_THAT(steps, ::testing::ElementsAre(1, 2));
  EXPECT_EQ(tail.unreadable(), 2);
  tail.read(take, true);
  EXPECT_EQ(tail.last_step(), 3);
  std::filesystem::remove(path);
}

class Progress : public LocalEngineTest {};

TEST_F(Progress, IsReportedWithEveryCheckpointAndTheLastStep) {
  OrderBuilder order(1);
  const auto end =
      run(order.shell("for i in 1 2 3 4 5; do echo \"{\\\"step\\\": $i, \\\"of\\\": 5}\" >> $MINGYUE_PROGRESS; done\n"
                      "echo '{\"checkpoint\": \"a\", \"step\": 5, \"took_s\": 0.5}' >> $MINGYUE_PROGRESS\n"
                      "echo '{\"checkpoint\": \"b\", \"step\": 6}' >> $MINGYUE_PROGRESS\n"
                      "echo broken >> $MINGYUE_PROGRESS"));
  EXPECT_EQ(end.last_step, 6);
  EXPECT_EQ(end.message, "1 line of progress could not be read");
  std::vector<std::string> checkpoints;
  std::int64_t last_step = 0;
  const auto reports = sink_.all<ports::Progressed>(order.id());
  for (const auto& report : reports) {
    if (!report.progress.checkpoint.empty())
      checkpoints.push_back(report.progress.checkpoint);
    else
      last_step = report.progress.step;
  }
  EXPECT_THAT(checkpoints, ::testing::ElementsAre("a", "b"));
  EXPECT_EQ(last_step, 5);
}

TEST_F(Progress, IsReportedWhileTheProgramRuns) {
  OrderBuilder order(1);
  engine().launch(order.shell("echo '{\"step\": 4}' >> $MINGYUE_PROGRESS; sleep 1000"));
  const auto report = sink_.wait<ports::Progressed>(order.id());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->progress.step, 4);
}

TEST_F(Progress, OfManyStepsIsThinned) {
  options_.step_every = seconds(3600);
  OrderBuilder order(1);
  const auto end = run(order.shell("for i in $(seq 500); do echo \"{\\\"step\\\": $i}\" >> $MINGYUE_PROGRESS; done"));
  EXPECT_EQ(end.last_step, 500);
  EXPECT_EQ(sink_.all<ports::Progressed>(order.id()).size(), 2u) << "the first, and the last at the end";
}

TEST_F(Progress, OfCheckpointsInALoopDoesNotFloodTheCentre) {
  options_.step_every = seconds(3600);
  OrderBuilder order(1);
  run(order.shell("for i in $(seq 300); do echo \"{\\\"checkpoint\\\": \\\"c$i\\\"}\" >> $MINGYUE_PROGRESS; done"));
  const auto reports = sink_.all<ports::Progressed>(order.id());
  EXPECT_EQ(reports.size(), 17u);
  EXPECT_EQ(reports.back().progress.checkpoint, "c300") << "the newest is always told";
}

TEST_F(Progress, SurvivesARestartOfTheDaemon) {
  OrderBuilder order(1);
  engine().launch(order.shell("echo '{\"step\": 4}' >> $MINGYUE_PROGRESS; sleep 1000"));
  ASSERT_TRUE(sink_.wait<ports::Progressed>(order.id()));
  restart({order.id()});
  EXPECT_TRUE(sink_.wait<ports::Progressed>(order.id()));
  engine().end(order.id(), seconds(1));
  EXPECT_EQ(end_of(order.id()).last_step, 4);
}

TEST_F(Progress, IsFollowedThoughTheProgramReplacesTheFile) {
  OrderBuilder order(1);
  engine().launch(
      order.shell("echo '{\"step\": 4}' > $MINGYUE_PROGRESS.x; mv $MINGYUE_PROGRESS.x $MINGYUE_PROGRESS; sleep 1000"));
  EXPECT_TRUE(sink_.wait<ports::Progressed>(order.id()));
}

class Silence : public LocalEngineTest {};

TEST_F(Silence, IsReportedOnceAndAgainAfterAWord) {
  OrderBuilder order(1);
  order.shell("until [ -e " + base_ + "/go ]; do sleep 0.02; done; echo word; sleep 1000");
  order->hang_after = milliseconds(250);
  engine().launch(order);
  const auto silent = sink_.wait<ports::Silent>(order.id());
  ASSERT_TRUE(silent);
  EXPECT_GE(silent->silent_for.raw(), 250);
  std::ofstream(base_ + "/go");
  EXPECT_TRUE(eventually([&] { return sink_.all<ports::Silent>(order.id()).size() == 2; }));
}

TEST_F(Silence, IsNotReportedOfAProgramThatWrites) {
  OrderBuilder order(1);
  order.shell("for i in $(seq 60); do echo tick; sleep 0.025; done");
  order->hang_after = seconds(1);
  run(order);
  EXPECT_TRUE(sink_.all<ports::Silent>(order.id()).empty());
}

TEST_F(Silence, IsNoticedAfterARestartOfTheDaemon) {
  OrderBuilder order(1);
  order.command({"sleep", "1000"});
  order->hang_after = milliseconds(200);
  engine().launch(order);
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  restart({order.id()});
  EXPECT_TRUE(sink_.wait<ports::Silent>(order.id()));
}

}  // namespace
}  // namespace mingyue::engines
