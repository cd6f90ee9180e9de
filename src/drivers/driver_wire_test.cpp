// Frames between the centre and a driver process.

#include "drivers/driver_wire.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "base/prng.hpp"

namespace mingyue::drivers {
namespace {

using ::testing::HasSubstr;

BatchResult some_result() {
  BatchResult result;
  result.id = "vqe-7";
  result.calibration = "cal-1";
  result.qpu_ms = 1234;
  result.circuits.push_back({.outcomes = {{.counts = {{"00", 10}, {"11", 20}}, .expectations = {{-1.5, 0.125}}}},
                             .layout = {3, 1},
                             .measured = {1, -1}});
  return result;
}

TEST(Frames, ArriveAsTheyLeftInPiecesOfAnySize) {
  const std::string body = codec::encode(some_result());
  const std::string stream =
      encode_frame({FrameKind::answer, Verb::run, 77, body}) + encode_frame({FrameKind::fault, Verb::cancel, 78, ""});
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader(body.size());
    std::vector<Frame> frames;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.add(std::string_view(stream).substr(at, piece));
      while (auto frame = reader.next()) frames.push_back(std::move(*frame));
    }
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].number, 77u);
    EXPECT_EQ(frames[0].body, body);
    EXPECT_EQ(frames[1].kind, FrameKind::fault);
    EXPECT_EQ(frames[1].verb, Verb::cancel);
    EXPECT_EQ(reader.trouble(), "");
    EXPECT_EQ(reader.left_over(), 0u);
  }
}

TEST(Frames, ThatAreTooLongOrUnknownBreakTheStream) {
  FrameReader longer(100);
  longer.add(encode_frame({FrameKind::answer, Verb::run, 1, std::string(101, 'x')}).substr(0, frame_head_bytes));
  EXPECT_FALSE(longer.next()) << "before the body has come";
  EXPECT_THAT(longer.trouble(), HasSubstr("a frame of 101 bytes, where at most 100 are possible"));
  longer.add(encode_frame({FrameKind::answer, Verb::run, 2, ""}));
  EXPECT_FALSE(longer.next()) << "nothing after it can be believed";

  FrameReader kind(100);
  kind.add(encode_frame({static_cast<FrameKind>(9), Verb::run, 1, ""}));
  EXPECT_FALSE(kind.next());
  EXPECT_THAT(kind.trouble(), HasSubstr("unknown kind 9"));

  FrameReader verb(100);
  verb.add(encode_frame({FrameKind::answer, static_cast<Verb>(0), 1, ""}));
  EXPECT_FALSE(verb.next());
  EXPECT_THAT(verb.trouble(), HasSubstr("unknown verb 0"));
}

TEST(Bodies, KeepEveryDouble) {
  for (const double value : {0.0, -0.0, 0.1, -1e308, 5e-324, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()}) {
    const auto back = decode_body<Estimate>(codec::encode(Estimate{value, 0}));
    ASSERT_TRUE(back);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back->value.value), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(Bodies, ThatAreDamagedAreNothingAndNeverACrash) {
  const std::string whole = codec::encode(some_result());
  ASSERT_TRUE(decode_body<BatchResult>(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode_body<BatchResult>(whole.substr(0, size)));
  Prng prng(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = whole;
    for (int changes = 0; changes < 3; ++changes)
      damaged[prng.below(damaged.size())] = static_cast<char>(prng.below(256));
    (void)decode_body<BatchResult>(damaged);
    std::string noise;
    for (std::uint64_t n = prng.below(60); n > 0; --n) noise += static_cast<char>(prng.below(256));
    (void)decode_body<Batch>(noise);
  }
}

TEST(Bodies, OfHonestResultsFitTheirBound) {
  Batch batch;
  batch.shots = 1000;
  batch.circuits.push_back({.text = "", .bits = 3, .sets = std::vector<std::vector<Real>>(50), .sums = {}});
  batch.circuits.push_back({.text = "", .bits = 72, .sets = {}, .sums = {}});
  BatchResult result;
  result.qpu_ms = std::numeric_limits<std::int64_t>::max();
  Outcome eight;
  for (int i = 0; i < 8; ++i) eight.counts.push_back({"010", std::numeric_limits<std::int64_t>::max()});
  Outcome thousand;
  for (int i = 0; i < 1000; ++i) thousand.counts.push_back({std::string(72, '1'), 1});
  result.circuits.push_back({.outcomes = std::vector<Outcome>(50, eight), .layout = {}, .measured = {}});
  result.circuits.push_back({.outcomes = {thousand}, .layout = std::vector<std::int32_t>(2000, 1999), .measured = {}});
  EXPECT_LE(codec::encode(result).size(), result_bytes_max(batch));
  batch.shots = std::numeric_limits<std::int64_t>::max();
  EXPECT_LE(result_bytes_max(batch), frame_body_bytes_max);
}

}  // namespace
}  // namespace mingyue::drivers
