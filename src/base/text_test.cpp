#include "base/text.hpp"

#include <gtest/gtest.h>

namespace mingyue {
namespace {

enum class Mood { calm = 1, wide_awake = 2, register_ = 3 };
DESCRIBE_ENUM(Mood, calm, wide_awake, register_)

TEST(Text, EnumeratorsHaveWords) {
  EXPECT_EQ(enum_word(Mood::wide_awake), "wide-awake");
  EXPECT_EQ(enum_word(Mood::register_), "register");
  EXPECT_EQ(enum_word(Mood{9}), "?");
  EXPECT_EQ(enum_from_word<Mood>("register"), Mood::register_);
  EXPECT_EQ(enum_from_word<Mood>("wide_awake"), std::nullopt);
  EXPECT_EQ(one_of(enum_words<Mood>()), "calm, wide-awake or register");
}

TEST(Text, IsUtf8OnlyWhenWellFormed) {
  for (const std::string_view good : {"", "abc", "明月", "\xf0\x9f\x8c\x99", "\xed\x9f\xbf"})
    EXPECT_TRUE(is_utf8(good));
  for (const std::string_view bad : {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe6\x98",
                                     "\xf4\x90\x80\x80", "a\xff"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(Text, ShowsOthersWordsSafely) {
  EXPECT_EQ(shown("partition a"), "partition a");
  EXPECT_EQ(shown("\x1b[2J\n"), "?[2J?");
  EXPECT_EQ(shown("a\xff"
                  "b"),
            "a?b");
  EXPECT_EQ(shown("明月明月", 7), "明月...");
}

}  // namespace
}  // namespace mingyue
