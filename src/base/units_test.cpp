#include "base/units.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace mingyue {
namespace {

TEST(Bytes, ReadsPowersOf1024InTheirUsualSpellings) {
  EXPECT_EQ(parse_bytes("512M")->raw(), 512LL << 20);
  EXPECT_EQ(parse_bytes("2G")->raw(), 2LL << 30);
  EXPECT_EQ(parse_bytes("64K")->raw(), 64LL << 10);
  EXPECT_EQ(parse_bytes("1T")->raw(), 1LL << 40);
  EXPECT_EQ(parse_bytes("1048576")->raw(), 1LL << 20);
  EXPECT_EQ(parse_bytes("512MiB")->raw(), 512LL << 20);
  EXPECT_EQ(parse_bytes("2GB")->raw(), 2LL << 30);
  EXPECT_EQ(parse_bytes("2 GB")->raw(), 2LL << 30);
  EXPECT_EQ(parse_bytes("16g")->raw(), 16LL << 30);
  EXPECT_EQ(parse_bytes("1024P")->raw(), 1LL << 60);
  EXPECT_EQ(parse_bytes("100B")->raw(), 100);
}

TEST(Bytes, RefusesWhatIsNoMemory) {
  for (const char* text : {"", "M", "1.5G", "-1G", "2X", "2GiBs", "2  G", "2 "}) {
    ASSERT_FALSE(parse_bytes(text)) << text;
    EXPECT_EQ(parse_bytes(text).error().code, "bad-value") << text;
  }
  for (const char* text : {"0", "0G", "1025P", "2E", "99999999999999999999", "18446744073709551615T"}) {
    ASSERT_FALSE(parse_bytes(text)) << text;
    EXPECT_EQ(parse_bytes(text).error().code, "out-of-range") << text;
  }
}

TEST(Bytes, ArePrintedForPeople) {
  EXPECT_EQ(print_bytes(Bytes(0)), "0B");
  EXPECT_EQ(print_bytes(Bytes(1023)), "1023B");
  EXPECT_EQ(print_bytes(Bytes(512LL << 20)), "512M");
  EXPECT_EQ(print_bytes(Bytes(1536LL << 20)), "1.5G");
  EXPECT_EQ(print_bytes(Bytes(1LL << 60)), "1E");
  EXPECT_EQ(print_bytes(Bytes(-(2LL << 30))), "-2G");
  EXPECT_EQ(print_bytes(Bytes(INT64_MIN)), "-8E");
}

TEST(Credits, ReadsAndPrintsDecimals) {
  EXPECT_EQ(parse_credits("12.5")->raw(), 12'500'000);
  EXPECT_EQ(parse_credits("0.000001")->raw(), 1);
  EXPECT_EQ(parse_credits("-3")->raw(), -3'000'000);
  EXPECT_EQ(parse_credits("0")->raw(), 0);
  for (const char* text : {"12.5", "0.000001", "-3", "0", "1000000", "-0.5", "8999999999999.999999"}) {
    EXPECT_EQ(print_credits(*parse_credits(text)), text);
  }
}

TEST(Credits, RefusesMoreThanSixPlacesAndMoreThanThereAre) {
  for (const char* text : {"", ".", "1.", ".5", "1.2345678", "1e3", "+1", "--1", "1,5", "1 "}) {
    EXPECT_FALSE(parse_credits(text)) << text;
  }
  EXPECT_EQ(parse_credits("9000000000000").error().code, "out-of-range");
  EXPECT_EQ(parse_credits("99999999999999999999").error().code, "out-of-range");
}

TEST(Credits, AnHourCostsItsPriceRoundedUpInTheCentresFavour) {
  EXPECT_EQ(price_ceil(held(2, hours(1)), Credits(3'000'000)).raw(), 6'000'000);
  EXPECT_EQ(price_ceil(held(1, milliseconds(1)), Credits(1'000'000)).raw(), 1);
}

TEST(Integer, RefusalNamesTheRange) {
  EXPECT_EQ(*parse_integer("42", 1, 100), 42);
  EXPECT_EQ(*parse_integer("-1", -5, 5), -1);
  EXPECT_EQ(parse_integer("0", 1, 64).error().hint, "write a number from 1 to 64");
  EXPECT_EQ(parse_integer("0", 1, 64).error().code, "out-of-range");
  EXPECT_EQ(parse_integer("99999999999999999999", 1, 64).error().code, "out-of-range");
  for (const char* text : {"", "x", "1x", " 1", "+1", "1.0", "0x10"}) {
    EXPECT_EQ(parse_integer(text, 0, 64).error().code, "bad-value") << text;
  }
}

TEST(Name, IsShortAndSafeInAPath) {
  EXPECT_TRUE(is_name("taylor-sweep_2.b"));
  EXPECT_TRUE(is_name(std::string(64, 'a')));
  for (const std::string text : {"", ".hidden", "-x", "a b", "a/b", "明月", "a\n"}) EXPECT_FALSE(is_name(text)) << text;
  EXPECT_FALSE(is_name(std::string(65, 'a')));
}

TEST(NearestWord, KnowsTheUsualSlips) {
  const std::array<std::string, 3> words{"cores", "memory", "cards"};
  EXPECT_EQ(nearest_word("core", words), "cores");
  EXPECT_EQ(nearest_word("memroy", words), "memory");
  EXPECT_EQ(nearest_word("cadrs", words), "cards");
  EXPECT_EQ(nearest_word("quantum", words), "");
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
  EXPECT_GE(edit_distance(std::string(100'000, 'a'), "abc"), 3U);
}

}  // namespace
}  // namespace mingyue
