#include "engines/slurm/conclusion.hpp"

#include <gtest/gtest.h>

#include "engines/slurm/record.hpp"

namespace mingyue::engines::slurm {
namespace {

using enum model::EndCause;

EndRecord exited_with(int code) { return {.cause = "exited", .exit_code = code, .cpu_ms = 12}; }

TEST(EndOfJob, IsWhatItsScriptWrote) {
  EXPECT_EQ(end_of_job({.word = "COMPLETED", .record = exited_with(0)}).cause, exited);
  const auto end = end_of_job({.word = "FAILED", .record = exited_with(3)});
  EXPECT_EQ(end.cause, exited);
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.cpu_ms, 12);
  EXPECT_EQ(end_of_job({.word = "FAILED", .record = EndRecord{.cause = "memory"}}).cause, memory);
}

TEST(EndOfJob, OfALostNodeIsNodeLostWhateverTheExitCode) {
  EXPECT_EQ(end_of_job({.word = "NODE_FAIL", .record = exited_with(0)}).cause, node_lost);
  EXPECT_EQ(end_of_job({.word = "NODE_FAIL", .record = {}}).cause, node_lost);
}

TEST(EndOfJob, ThatSomebodyAskedForDependsOnWho) {
  const EndRecord asked{.cause = "ended", .message = "it was asked to end"};
  EXPECT_EQ(end_of_job({.word = "CANCELLED", .record = asked, .asked_to_end = true}).cause, ended);
  EXPECT_EQ(end_of_job({.word = "FAILED", .record = asked, .asked_to_end = true}).cause, ended);
  const auto by_operator = end_of_job({.word = "CANCELLED by 0", .record = asked});
  EXPECT_EQ(by_operator.cause, lost);
  EXPECT_NE(by_operator.message.find("not by the centre"), std::string::npos);
  EXPECT_EQ(end_of_job({.word = "TIMEOUT", .record = asked}).cause, wall);
  EXPECT_EQ(end_of_job({.word = "PREEMPTED", .record = asked}).cause, lost);
  // A task that died of the centre's own signal.
  EXPECT_EQ(end_of_job({.word = "FAILED", .record = asked}).cause, ended);
}

TEST(EndOfJob, KilledForMemoryBySlurm) {
  const EndRecord killed{.cause = "signalled", .signal = 9};
  EXPECT_EQ(end_of_job({.word = "OUT_OF_MEMORY", .record = killed}).cause, memory);
  EXPECT_EQ(end_of_job({.word = "FAILED", .record = killed}).cause, signalled);
  EXPECT_EQ(end_of_job({.word = "FAILED", .record = EndRecord{.cause = "signalled", .signal = 11}}).signal, 11);
}

TEST(EndOfJob, WithoutARecordIsWhatTheStateCanMean) {
  EXPECT_EQ(end_of_job({.word = "COMPLETED", .record = {}}).cause, lost);
  EXPECT_EQ(end_of_job({.word = "FAILED", .record = {}, .claimed = false}).cause, launch_failed);
  EXPECT_EQ(end_of_job({.word = "FAILED", .record = {}}).cause, lost);
  EXPECT_EQ(end_of_job({.word = "", .record = {}}).cause, lost);
  EXPECT_EQ(end_of_job({.word = "CANCELLED", .record = {}, .claimed = false, .asked_to_end = true}).cause, ended);
  EXPECT_EQ(end_of_job({.word = "TIMEOUT", .record = {}}).cause, wall);
}

TEST(EndOfJob, PutBackIntoTheQueueIsLost) {
  EXPECT_EQ(end_of_job({.word = "CANCELLED", .record = exited_with(0), .requeued = true}).cause, lost);
}

TEST(Record, ComesBackAsItWasWritten) {
  Record record{.account = "alice",
                .uid = 1000,
                .tasks = 7,
                .asked_at_ms = 5,
                .job = 17,
                .hang_after_ms = 9,
                .guest = true,
                .asked_to_end = true,
                .end = {}};
  EXPECT_EQ(parse_record(print(record)), record);
  record.end = model::AttemptEnd{.cause = signalled,
                                 .signal = 11,
                                 .task = 2,
                                 .last_step = 40,
                                 .cpu_ms = 1,
                                 .memory_peak = Bytes(77),
                                 .message = "why"};
  EXPECT_EQ(parse_record(print(record)), record);
}

TEST(Record, ThatIsTornIsNone) {
  const std::string whole = print({.account = "alice", .end = {}});
  for (std::size_t size = 0; size + 2 < whole.size(); ++size)
    EXPECT_EQ(parse_record(std::string_view(whole).substr(0, size)), std::nullopt) << size;
}

}  // namespace
}  // namespace mingyue::engines::slurm
