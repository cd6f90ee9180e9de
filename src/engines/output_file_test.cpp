// Output: bounded on disk, first and newest bytes kept, offsets that never lie.

#include <gmock/gmock.h>

#include "engines/engine_testing.hpp"
#include "engines/shim/output_store.hpp"

namespace mingyue::engines {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class Output : public ::testing::Test {
 protected:
  Output() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mingyue-output-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(folder_ + "/output");
  }
  ~Output() override { std::filesystem::remove_all(folder_); }
  std::string head() { return folder_ + "/output/0.out"; }
  OutputReader reader() { return {folder_, 0, OutputStream::out}; }
  std::uintmax_t bytes_on_disk() {
    std::uintmax_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/output")) sum += entry.file_size();
    return sum;
  }

  std::string folder_;
};

TEST_F(Output, ReadsBackWhatWasWritten) {
  OutputStore store(head(), 1024);
  store.append("one ");
  store.append("two");
  const auto piece = reader().read(0, 100);
  EXPECT_EQ(piece.bytes, "one two");
  EXPECT_EQ(piece.dropped, 0);
  EXPECT_EQ(reader().read(4, 2).bytes, "tw");
  EXPECT_EQ(reader().read(7, 100).bytes, "");
  EXPECT_EQ(reader().end(), 7);
}

TEST_F(Output, CreatesNothingForAStreamThatStaysSilent) {
  const OutputStore store(head(), 1024);
  EXPECT_FALSE(std::filesystem::exists(head()));
  EXPECT_EQ(reader().read(0, 10).bytes, "");
  EXPECT_EQ(reader().end(), 0);
}

TEST_F(Output, KeepsTheHeadAndTheNewestBytesWithinItsBound) {
  OutputStore store(head(), 800);  // head 400, four segments of 100
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    store.append(line);
    all += line;
    ASSERT_LE(bytes_on_disk(), 800u);
  }
  const auto size = static_cast<std::int64_t>(all.size());
  EXPECT_EQ(reader().read(0, 1000).bytes, all.substr(0, 400));
  EXPECT_EQ(reader().end(), size);

  const auto after_the_gap = reader().read(400, 1000);
  EXPECT_GT(after_the_gap.dropped, 0);
  EXPECT_EQ(after_the_gap.offset, 400 + after_the_gap.dropped);
  EXPECT_GE(size - after_the_gap.offset, 300) << "three eighths of the bound are always there";
  std::string tail = after_the_gap.bytes;
  for (std::int64_t at = after_the_gap.offset + static_cast<std::int64_t>(tail.size()); at < size;) {
    const auto piece = reader().read(at, 64);
    ASSERT_EQ(piece.dropped, 0);
    tail += piece.bytes;
    at += static_cast<std::int64_t>(piece.bytes.size());
  }
  EXPECT_EQ(tail, all.substr(static_cast<std::size_t>(after_the_gap.offset)));
}

TEST_F(Output, SaysOnlyAfterTheLastByteThatNothingFollows) {
  OutputStore store(head(), 1024);
  store.append("bytes");
  EXPECT_FALSE(reader().read(5, 10).complete);
  std::ofstream(folder_ + "/output/complete");
  EXPECT_FALSE(reader().read(0, 10).complete);
  EXPECT_TRUE(reader().read(5, 10).complete);
}

TEST_F(Output, CountsWhatAFullDiskDropsAndGoesOn) {
  std::filesystem::create_symlink("/dev/full", head());
  OutputStore store(head(), 1024);
  store.append("lost");
  EXPECT_EQ(store.dropped(), 4);
  EXPECT_THAT(store.trouble(), HasSubstr("No space left"));
  store.append("also");  // it does not try again for a second
  EXPECT_EQ(store.dropped(), 8);
}

class OutputOfAnAttempt : public LocalEngineTest {};

TEST_F(OutputOfAnAttempt, IsBoundedWhileTheProgramRunsOn) {
  options_.output_bytes_max = Bytes(1 << 20);
  OrderBuilder order(1);
  EXPECT_EQ(run(order.shell("seq 1 1000000")).exit_code, 0);
  std::uintmax_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder(order.id()) + "/output"))
    sum += entry.file_size();
  EXPECT_LE(sum, 1u << 20);
  const OutputReader reader(folder(order.id()), 0, OutputStream::out);
  EXPECT_EQ(reader.end(), 6'888'896);
  EXPECT_EQ(reader.read(reader.end() - 8, 8).bytes, "1000000\n");
  EXPECT_EQ(reader.read(0, 4).bytes, "1\n2\n");
  EXPECT_TRUE(reader.read(reader.end(), 1).complete);
}

TEST_F(OutputOfAnAttempt, SaysAtItsEndWhatAFullDiskDropped) {
  OrderBuilder order(1);
  order.shell("echo four; exit 2");
  order->output = "/dev/full";
  const auto end = run(order);
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.message, HasSubstr("5 bytes of output were dropped: No space left on device"));
  EXPECT_EQ(output(order.id()), "four\n");
}

TEST_F(OutputOfAnAttempt, CanBeReadWhileItRuns) {
  OrderBuilder order(1);
  engine().launch(order.shell("echo first; until [ -e " + base_ + "/go ]; do sleep 0.02; done; echo second"));
  const OutputReader reader(folder(order.id()), 0, OutputStream::out);
  ASSERT_TRUE(eventually([&] { return reader.read(0, 100).bytes == "first\n"; }));
  EXPECT_FALSE(reader.read(6, 100).complete);
  std::ofstream(base_ + "/go");
  end_of(order.id());
  EXPECT_EQ(reader.read(6, 100).bytes, "second\n");
  EXPECT_TRUE(reader.read(13, 100).complete);
}

TEST_F(OutputOfAnAttempt, IsNotHeldUpByAPipeThatSomebodyElseKeepsOpen) {
  // The test opens the task's standard output through /proc and so holds its pipe beyond the attempt's end.
  OrderBuilder order(1);
  engine().launch(
      order.shell("echo $$ > " + base_ + "/pid; until [ -e " + base_ + "/go ]; do sleep 0.02; done; echo last"));
  ASSERT_TRUE(eventually([&] { return !text_of(base_ + "/pid").empty(); }));
  const std::string pid = text_of(base_ + "/pid");
  const std::ofstream holder("/proc/" + pid.substr(0, pid.size() - 1) + "/fd/1");
  ASSERT_TRUE(holder);
  std::ofstream(base_ + "/go");
  end_of(order.id());
  EXPECT_EQ(output(order.id()), "last\n");
}

}  // namespace
}  // namespace mingyue::engines
