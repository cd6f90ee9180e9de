#include "http/head.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"

namespace mingyue::http {
namespace {

int status_of(std::string_view text) {
  const auto head = parse_request_head(text);
  return head ? 200 : head.error().status;
}

TEST(Head, IsReadIntoItsParts) {
  const auto head = parse_request_head(
      "POST /v1/jobs?dry=1 HTTP/1.1\r\nHost: localhost:80\r\nContent-LENGTH:  12 \r\nX-Two: a\r\nX-Two: b\r\n\r\n");
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->target, "/v1/jobs?dry=1");
  EXPECT_EQ(head->host, "localhost:80");
  EXPECT_EQ(head->body, BodyKind::Length);
  EXPECT_EQ(head->content_length, 12);
  EXPECT_TRUE(head->keep_alive);
  EXPECT_EQ(head->headers.all("x-two"), (std::vector<std::string_view>{"a", "b"}));
}

TEST(Head, ThatTwoReadersCouldReadDifferentlyIsRefused) {
  const std::pair<std::string_view, int> cases[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      // Two lengths, in every dress.
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400},
      // Lengths that are not plain numbers.
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      // Transfer codings.
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n", 200},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
       "chunked\r\n\r\n",
       400},
      // Line ends and folds.
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tfolded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      // Header names and values.
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n: nameless\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX(y): b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa4\r\n\r\n", 200},
      // Host.
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\n\r\n", 200},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      // Request lines.
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\nHost: a\r\n\r\n", 400},
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
      {"\r\n\r\n", 400},
      {"", 400},
  };
  for (const auto& [text, status] : cases) EXPECT_EQ(status_of(text), status) << text;
  EXPECT_EQ(status_of(std::string_view("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 39)), 400);
}

TEST(Head, HasLimits) {
  EXPECT_EQ(status_of("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int count = 0; count < 100; ++count) many += "X: y\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
}

TEST(Head, SaysWhetherTheConnectionGoesOn) {
  const auto keeps = [](std::string_view text) { return parse_request_head(text)->keep_alive; };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(Head, MeansAnUpgradeOnlyWithConnection) {
  EXPECT_EQ(parse_request_head("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n\r\n")->upgrade, "");
  EXPECT_EQ(
      parse_request_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n")
          ->upgrade,
      "websocket");
}

TEST(Head, IsFoundHoweverItTricklesIn) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  std::size_t scanned = 0;
  for (std::size_t size = 0; size < 27; ++size) {
    EXPECT_EQ(scan_head(std::string_view(text).substr(0, size), scanned), HeadScan::Incomplete) << size;
  }
  EXPECT_EQ(scan_head(text, scanned), HeadScan::Complete);
  EXPECT_EQ(text.substr(scanned), "rest");
}

// Whatever arrives, the parser answers: a head that keeps its promises, or a refusal with a status.
TEST(Head, SurvivesNoise) {
  const std::string seed =
      "POST /v1/jobs?x=%41 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nExpect: "
      "100-continue\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n";
  constexpr std::string_view spice = "\r\n\0 :\t,;%/?#0a\xff";
  Prng prng(0x9f3c21);
  for (int round = 0; round < 50'000; ++round) {
    std::string text = seed;
    for (std::uint64_t changes = 1 + prng.below(6); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = prng.below(text.size());
      switch (prng.below(4)) {
        case 0:
          text[at] = spice[prng.below(spice.size())];
          break;
        case 1:
          text.insert(at, 1, spice[prng.below(spice.size())]);
          break;
        case 2:
          text.erase(at, 1 + prng.below(20));
          break;
        default:
          text.insert(at, text.substr(prng.below(text.size()), prng.below(40)));
          break;
      }
    }
    const auto head = parse_request_head(text);
    if (!head) {
      EXPECT_GE(head.error().status, 400);
      continue;
    }
    EXPECT_FALSE(head->method.empty());
    EXPECT_TRUE(head->target == "*" || head->target.starts_with('/'));
    EXPECT_FALSE(head->headers.find("content-length") && head->headers.find("transfer-encoding"));
    EXPECT_LE(head->headers.count("host"), 1u);
  }
}

}  // namespace
}  // namespace mingyue::http
