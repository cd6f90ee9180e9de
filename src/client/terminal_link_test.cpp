#include "client/terminal_link.hpp"

#include <gtest/gtest.h>

namespace mingyue::client {
namespace {

TEST(Terminal, ShowsWhatComesBothWaysOnce) {
  EXPECT_EQ(shown_twice("$ ls\nfile\n", "file\n$ "), 5U);
  EXPECT_EQ(shown_twice("$ ", ""), 0U);
  EXPECT_EQ(shown_twice("", "$ "), 0U);
  EXPECT_EQ(shown_twice("$ ", "$ "), 2U);
  EXPECT_EQ(shown_twice("abc", "xyz"), 0U);
}

}  // namespace
}  // namespace mingyue::client
