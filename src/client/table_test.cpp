#include "client/table.hpp"

#include <gtest/gtest.h>

namespace mingyue::client {
namespace {

using Align = Table::Align;

Table some_jobs() {
  Table table({{"ID", Align::right}, {"NAME"}, {"REASON"}});
  table.add({"7", "泰勒杆", "waits for job 6"});
  table.add({"1234", "bar", ""});
  return table;
}

TEST(Width, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("bar"), 3);
  EXPECT_EQ(display_width("泰勒杆"), 6);
  EXPECT_EQ(display_width("±Å"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1) << "a combining accent takes none";
  EXPECT_EQ(display_width(""), 0);
}

TEST(Table, LinesUpChineseWithLatin) {
  EXPECT_EQ(some_jobs().print(0),
            "  ID  NAME    REASON\n"
            "   7  泰勒杆  waits for job 6\n"
            "1234  bar\n");
}

TEST(Table, CutsTheLastColumnToTheTerminalAndSaysSo) {
  Table table({{"ID"}, {"REASON"}});
  table.add({"7", "needs 4 cards, 1 is free"});
  EXPECT_EQ(table.print(16), "ID  REASON\n7   needs 4 car…\n");
  EXPECT_EQ(table.print(0), "ID  REASON\n7   needs 4 cards, 1 is free\n") << "a pipe has no width";
}

TEST(Table, CutsBetweenCharactersAndNeverInsideOne) {
  Table table({{"ID"}, {"REASON"}});
  table.add({"7", "需要四张卡，只有一张空闲"});
  EXPECT_EQ(table.print(15), "ID  REASON\n7   需要四张卡…\n");
}

TEST(Table, ColoursOnlyWhereItIsAskedTo) {
  Table table({{"STATE"}, {"N"}});
  table.add({Cell("failed", Tone::bad), "1"});
  EXPECT_EQ(table.print(0, true), "STATE   N\n\x1b[31mfailed\x1b[0m  1\n");
  EXPECT_EQ(table.print(0, false), "STATE   N\nfailed  1\n");
}

TEST(Table, LetsNoCellRedrawTheTerminal) {
  Table table({{"NAME"}});
  table.add({"evil\x1b[2J\n"});
  EXPECT_EQ(table.print(0), "NAME\nevil?[2J?\n");
}

TEST(ProgressBar, GoesFromEmptyToFull) {
  EXPECT_EQ(progress_bar(0, 18), "[..........]   0 %");
  EXPECT_EQ(progress_bar(0.5, 18), "[#####.....]  50 %");
  EXPECT_EQ(progress_bar(7, 18), "[##########] 100 %");
}

}  // namespace
}  // namespace mingyue::client
