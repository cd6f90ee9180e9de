#include "http/chunked.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"

namespace mingyue::http {
namespace {

struct Decoded {
  std::string body;
  std::string rest;
  int status = 200;  ///< 100: not at its end
};

/// Feeds the text in steps of so many bytes.
Decoded decode(std::string_view text, std::size_t step = 1000, std::size_t bytes_max = 100) {
  ChunkDecoder decoder(bytes_max);
  Decoded decoded;
  while (!text.empty() && !decoder.done()) {
    const std::string_view piece = text.substr(0, step);
    const auto used = decoder.feed(piece, decoded.body);
    if (!used) {
      decoded.status = used.error().status;
      return decoded;
    }
    text.remove_prefix(*used);
  }
  decoded.rest = text;
  if (!decoder.done()) decoded.status = 100;
  return decoded;
}

TEST(ChunkedBody, IsPutTogetherHoweverItArrives) {
  const std::string_view text = "5\r\nhello\r\n1;quiet=yes\r\n \r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nGET /";
  for (std::size_t step = 1; step < text.size(); ++step) {
    const Decoded decoded = decode(text, step);
    EXPECT_EQ(decoded.status, 200);
    EXPECT_EQ(decoded.body, "hello 0123456789");
    EXPECT_EQ(decoded.rest, "GET /");
  }
}

TEST(ChunkedBody, WithBadSyntaxIsRefused) {
  const std::pair<std::string_view, int> cases[] = {
      {"0\r\n\r\n", 200},
      {"5\r\nhello\r\n", 100},
      {"\r\n", 400},
      {"g\r\n", 400},
      {"0x5\r\nhello\r\n", 400},
      {"-5\r\nhello\r\n", 400},
      {"+5\r\nhello\r\n", 400},
      {" 5\r\nhello\r\n", 400},
      {"5 \r\nhello\r\n", 400},
      {"5\nhello\r\n", 400},
      {"5\rhello\r\n", 400},
      {"5\r\nhello0\r\n", 400},
      {"5\r\nhello\n", 400},
      {"5\r\nhelloo\r\n", 400},
      {"5\r\nhello\r0", 400},
      {"123456789\r\n", 400},
      {"5;a\nb\r\n", 400},
      {"5;\x01\r\n", 400},
      {"0\r\nbad trailer\r\n\r\n", 400},
      {"0\r\nX: a\n\r\n", 400},
      {"0\r\n folded\r\n\r\n", 400},
      {"ffffffff\r\n", 413},
      {"65\r\n", 413},
      {"60\r\n0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
       "\r\n5\r\n",
       400},
  };
  for (const auto& [text, status] : cases) {
    EXPECT_EQ(decode(text).status, status) << text;
    EXPECT_EQ(decode(text, 1).status, status) << text;
  }
}

TEST(ChunkedBody, IsBoundedInAllItsParts) {
  std::string many;
  for (int count = 0; count < 101; ++count) many += "1\r\na\r\n";
  EXPECT_EQ(decode(many).status, 413);
  EXPECT_EQ(decode("1;" + std::string(5000, 'x')).status, 400);
  std::string wrapping;
  for (int count = 0; count < 100; ++count) wrapping += "1;" + std::string(1000, 'x') + "\r\na\r\n";
  EXPECT_EQ(decode(wrapping).status, 400);
  std::string trailers = "0\r\n";
  for (int count = 0; count < 100; ++count) trailers += "X: " + std::string(1000, 'x') + "\r\n";
  EXPECT_EQ(decode(trailers).status, 400);
}

TEST(ChunkedBody, MeansTheSameInAnySteps) {
  const std::string seed = "5\r\nhello\r\n3;x\r\nabc\r\n0\r\nX: y\r\n\r\n";
  constexpr std::string_view spice = "\r\n;0af \t:";
  Prng prng(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (std::uint64_t changes = prng.below(4); changes > 0; --changes) {
      const std::size_t at = prng.below(text.size());
      if (prng.chance(1, 2)) {
        text[at] = spice[prng.below(spice.size())];
      } else {
        text.insert(at, 1, spice[prng.below(spice.size())]);
      }
    }
    const Decoded whole = decode(text);
    const Decoded pieces = decode(text, 1 + prng.below(5));
    ASSERT_EQ(whole.status, pieces.status) << text;
    ASSERT_EQ(whole.body, pieces.body) << text;
  }
}

}  // namespace
}  // namespace mingyue::http
