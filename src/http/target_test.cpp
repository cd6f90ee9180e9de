#include "http/target.hpp"

#include <gtest/gtest.h>

namespace mingyue::http {
namespace {

std::string path_of(std::string_view text) {
  const auto target = parse_target(text);
  return target ? target->path() : "refused";
}

TEST(Path, IsDecodedOnceAndHasNoTricksLeft) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"/", "/"},
      {"/v1/jobs/4711", "/v1/jobs/4711"},
      {"/console/", "/console/"},
      {"/a%20b", "/a b"},
      {"/%e6%98%8e%E6%9C%88", "/明月"},
      {"/a+b", "/a+b"},
      {"/%252e%252e/x", "/%2e%2e/x"},  // Once: what is left is an ordinary, odd name.
      {"/...", "/..."},
      {"/..", "refused"},
      {"/a/../b", "refused"},
      {"/a/./b", "refused"},
      {"/%2e%2e/etc", "refused"},
      {"/.%2E/etc", "refused"},
      {"/a%2fb", "refused"},
      {"/a%5Cb", "refused"},
      {"/a\\b", "refused"},
      {"//", "refused"},
      {"//etc/passwd", "refused"},
      {"/a//b", "refused"},
      {"/a//", "refused"},
      {"/a%00", "refused"},
      {"/a%0d%0ab", "refused"},
      {"/a%7f", "refused"},
      {"/a%", "refused"},
      {"/a%4", "refused"},
      {"/a%zz", "refused"},
      {"/%c0%ae%c0%ae/", "refused"},  // Overlong dots.
      {"/%ff", "refused"},
      {"/%ed%a0%80", "refused"},  // A surrogate.
      {"jobs", "refused"},
      {"", "refused"},
  };
  for (const auto& [text, path] : cases) EXPECT_EQ(path_of(text), path) << text;
}

TEST(Query, IsReadInPairs) {
  const auto target = parse_target("/jobs?state=waiting&state=running&name=a+b%26c&flag&&empty=");
  ASSERT_TRUE(target.has_value());
  const Fields expected{{"state", "waiting"}, {"state", "running"}, {"name", "a b&c"}, {"flag", ""}, {"empty", ""}};
  EXPECT_EQ(target->query, expected);
  EXPECT_EQ(target->query.all("state").size(), 2u);
  EXPECT_TRUE(parse_target("/?")->query.empty());
  EXPECT_EQ(parse_target("/?a=/../..//")->query.get("a"), "/../..//");
}

TEST(Query, WithBrokenBytesIsRefused) {
  for (const std::string_view text : {"/?a=%", "/?a=%0", "/?%zz=1", "/?a=%00", "/?a=%ff", "/?a=%0a"}) {
    EXPECT_FALSE(parse_target(text).has_value()) << text;
  }
  std::string many = "/?";
  for (int count = 0; count < 201; ++count) many += "a=1&";
  EXPECT_FALSE(parse_target(many).has_value());
}

}  // namespace
}  // namespace mingyue::http
