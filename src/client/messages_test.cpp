#include "client/messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "client/speaking.hpp"

namespace mingyue::client {
namespace {

using testing::Speaking;

/// How many values a sentence takes, whatever their order: `{}` and `{1}`.
std::size_t values_of(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '{' && (text[i + 1] == '}' || (text[i + 1] >= '0' && text[i + 1] <= '9'))) ++count;
  }
  return count;
}

TEST(Catalogue, SaysEverythingInBothLanguagesWithTheSameValues) {
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < catalogue_size(); ++i) {
    const CatalogueEntry entry = catalogue_entry(i);
    EXPECT_TRUE(keys.insert(entry.key).second) << entry.key << " is there twice";
    EXPECT_FALSE(entry.en.empty()) << entry.key;
    EXPECT_FALSE(entry.zh.empty()) << entry.key;
    EXPECT_TRUE(is_utf8(entry.zh)) << entry.key;
    EXPECT_EQ(values_of(entry.en), values_of(entry.zh)) << entry.key;
  }
}

TEST(Catalogue, SpeaksTheLanguageAskedFor) {
  EXPECT_EQ(message(Language::en, "no.jobs"), "no jobs");
  EXPECT_EQ(message(Language::zh, "no.jobs"), "没有作业");
  EXPECT_EQ(message(Language::en, "never.written"), "never.written");
}

TEST(Language, IsThatOfTheEnvironment) {
  {
    const Speaking speaking(nullptr, nullptr, "zh_CN.UTF-8");
    EXPECT_EQ(language_of_environment(), Language::zh);
  }
  {
    const Speaking speaking("C", "zh_CN", "zh_CN");
    EXPECT_EQ(language_of_environment(), Language::en) << "LC_ALL wins";
  }
  {
    const Speaking speaking("", "zh_TW", "C");
    EXPECT_EQ(language_of_environment(), Language::zh) << "LC_MESSAGES comes before LANG, and an empty one is none";
  }
}

}  // namespace
}  // namespace mingyue::client
