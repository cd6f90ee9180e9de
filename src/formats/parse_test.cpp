#include "formats/parse.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace mingyue::formats {
namespace {

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Yaml, ScalarsStayTheTextThatWasWritten) {
  const auto tree =
      parse_yaml("country: NO\nversion: 1.10\nclock: 1:30:00\nnothing: ~\nempty:\ntilde: \"~\"\nhex: 0x10\n");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->text("country"), "NO");
  EXPECT_EQ(tree->text("version"), "1.10");
  EXPECT_EQ(tree->text("clock"), "1:30:00");
  EXPECT_TRUE(tree->find("nothing")->is_null());
  EXPECT_TRUE(tree->find("empty")->is_null());
  EXPECT_EQ(tree->text("tilde"), "~");
  EXPECT_TRUE(tree->find("tilde")->quoted);
  EXPECT_EQ(tree->text("hex"), "0x10");
}

TEST(Yaml, EveryValueKnowsItsPlace) {
  const auto tree = parse_yaml("name: a\nparts:\n  - {name: b,\n     cores: 2}\nscript: |\n  #!/bin/sh\n  true\n");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->nearest("parts[0].cores").line, 4);
  EXPECT_EQ(tree->nearest("parts[0].cores").column, 13);
  EXPECT_EQ(tree->fields[2].line, 5);
  EXPECT_EQ(tree->text("script"), "#!/bin/sh\ntrue\n");
  EXPECT_TRUE(tree->find("script")->quoted);
}

TEST(Yaml, AnEmptyTextIsNothing) {
  EXPECT_TRUE(parse_yaml("")->is_null());
  EXPECT_TRUE(parse_yaml("# only a remark\n")->is_null());
  EXPECT_TRUE(parse_yaml("\xef\xbb\xbf"
                         "a: 1")
                  ->is_map());
}

TEST(Json, KeepsDigitsAndPlaces) {
  const auto tree =
      parse_json("{\"big\": 18446744073709551615, \"e\\u0061\": 12.50,\n  \"list\": [true, null, \"8\", -3]}");
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(tree->text("big"), "18446744073709551615");
  EXPECT_EQ(tree->text("ea"), "12.50");
  EXPECT_EQ(tree->text("list[0]"), "true");
  EXPECT_TRUE(tree->find("list")->items[1].is_null());
  EXPECT_TRUE(tree->find("list")->items[2].quoted);
  EXPECT_FALSE(tree->find("list")->items[3].quoted);
  EXPECT_EQ(tree->text("list[3]"), "-3");
  EXPECT_EQ(tree->fields[2].line, 2);
  EXPECT_EQ(tree->nearest("list[2]").line, 2);
}

TEST(Json, LongStringsWithEscapesAreWhole) {
  const std::string text = "[\"" + repeat("a\\n\\u660e", 3000) + "\"]";
  EXPECT_EQ(parse_json(text)->text("[0]"), repeat("a\n明", 3000));
}

struct Bad {
  std::string text;
  const char* code;
  int line;
  const char* message;  ///< a part of it
};

TEST(Yaml, RefusesWithThePlace) {
  const Bad cases[] = {
      {"a: 1\nb: 2\na: 3\n", "duplicate", 3, "\"a\" is here twice, first in line 1"},
      {"a: 1\n---\nb: 2\n", "bad-document", 2, "several documents"},
      {"a: &x 1\n", "bad-document", 1, "an anchor"},
      {"a: 1\nb: *a\n", "bad-document", 2, "anchor is not defined"},
      {"a: !!int 3\n", "bad-document", 1, "a tag"},
      {"? [a, b]\n: 1\n", "bad-document", 1, "name is a list or a map"},
      {"~: 1\n", "bad-document", 1, "no name"},
      {"a: [1, 2\n", "bad-document", 2, "no YAML"},
      {"a: 1\n  b: 2\n", "bad-document", 2, "no YAML"},
      {"a: b: c\n", "bad-document", 1, "no YAML"},
      {"a: \"x\n", "bad-document", 2, "no YAML"},
      {"a: 'x\nb: 2\n", "bad-document", 3, "no YAML"},
      {std::string("a: x\x04y\nb: 2\n"), "bad-document", 1, "a control character"},
      {std::string("a: 1\nb: \0\n", 10), "bad-document", 2, "a control character"},
      {"a: 1\nb: \xff\n", "bad-document", 2, "byte 0xff in line 2, column 4 is no UTF-8"},
      {repeat("[", 40) + repeat("]", 40), "too-large", 1, "more than 32 levels deep"},
      {repeat("{a: ", 40) + repeat("}", 40), "too-large", 1, "more than 32 levels deep"},
      {"[" + repeat("1,", 100'001) + "]", "too-large", 1, "more than 100000 values"},
      {std::string(5 << 20, ' '), "too-large", 0, "5242880 bytes"},
      {repeat("[", 1 << 20), "too-large", 0, "1048576 brackets"},
  };
  for (const Bad& bad : cases) {
    const auto tree = parse_yaml(bad.text);
    ASSERT_FALSE(tree) << bad.text.substr(0, 80);
    EXPECT_EQ(tree.error().code, bad.code) << bad.text.substr(0, 80) << tree.error().message;
    EXPECT_EQ(tree.error().line, bad.line) << bad.text.substr(0, 80) << tree.error().message;
    EXPECT_NE(tree.error().message.find(bad.message), std::string::npos) << tree.error().message;
    EXPECT_FALSE(tree.error().hint.empty());
  }
}

TEST(Json, RefusesWithThePlace) {
  const Bad cases[] = {
      {"", "bad-document", 1, "no JSON"},
      {"{\"a\": 1,\n \"a\": 2}", "duplicate", 2, "\"a\" is here twice, first in line 1"},
      {"{\"a\": 1}\n{}", "bad-document", 2, "no JSON"},
      {"{\"a\": 1,}", "bad-document", 1, "no JSON"},
      {"[1,\n 1e999]", "bad-document", 2, "1e999 is too large a number"},
      {"[-1e999]", "bad-document", 1, "-1e999 is too large"},
      {"[NaN]", "bad-document", 1, "no JSON"},
      {"[01]", "bad-document", 1, "no JSON"},
      {"[\"\xff\"]", "bad-document", 1, "no JSON"},
      {"[\"\\ud800\"]", "bad-document", 1, "no JSON"},
      {"// a\n1", "bad-document", 1, "no JSON"},
      {"[\n\n\"a", "bad-document", 3, "no JSON"},
      {repeat("[", 33) + repeat("]", 33), "too-large", 1, "more than 32 levels deep"},
      {repeat("[", 100'000), "too-large", 1, "more than 32 levels deep"},
      {"[" + repeat("1,", 100'001) + "1]", "too-large", 1, "more than 100000 values"},
      {std::string(5 << 20, ' '), "too-large", 0, "5242880 bytes"},
  };
  for (const Bad& bad : cases) {
    const auto tree = parse_json(bad.text);
    ASSERT_FALSE(tree) << bad.text.substr(0, 80);
    EXPECT_EQ(tree.error().code, bad.code) << bad.text.substr(0, 80) << tree.error().message;
    EXPECT_EQ(tree.error().line, bad.line) << bad.text.substr(0, 80) << tree.error().message;
    EXPECT_NE(tree.error().message.find(bad.message), std::string::npos) << tree.error().message;
  }
}

TEST(Yaml, ThirtyTwoLevelsAreAllowed) {
  EXPECT_TRUE(parse_yaml(repeat("[", 32) + repeat("]", 32)));
  EXPECT_TRUE(parse_json(repeat("[", 32) + repeat("]", 32)));
}

}  // namespace
}  // namespace mingyue::formats
