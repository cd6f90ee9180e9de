#include "workload/lines.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "workload/bytes.hpp"

namespace mingyue::workload {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  Lines lines(bytes_of(text));
  std::vector<std::string> all;
  for (;;) {
    const auto line = lines.next();
    if (!line) {
      all.push_back("refused: " + line.error().message);
      return all;
    }
    if (!*line) return all;
    all.emplace_back(**line);
  }
}

std::vector<std::string> texts(const std::vector<Field>& fields) {
  std::vector<std::string> all;
  for (const Field& field : fields) all.push_back(std::to_string(field.column) + ":" + std::string(field.text));
  return all;
}

using Strings = std::vector<std::string>;

TEST(Lines, EndWithALineFeedOrBothOrNothing) {
  EXPECT_EQ(lines_of("a\nb\r\n\nc"), (Strings{"a", "b", "", "c"}));
  EXPECT_EQ(lines_of("a\n"), (Strings{"a"}));
  EXPECT_EQ(lines_of(""), Strings{});
  EXPECT_EQ(lines_of("\xef\xbb\xbf"
                     "a\n"),
            (Strings{"a"}))
      << "a byte order mark is no text";
}

TEST(Lines, AreWholeWhereverTheBytesCome) {
  std::string text;
  Strings expected;
  for (int i = 0; i < 40'000; ++i) {
    expected.push_back(std::string(static_cast<std::size_t>(i % 37), 'x') + std::to_string(i));
    text += expected.back() + "\n";
  }
  EXPECT_EQ(lines_of(text), expected);
}

TEST(Lines, ThatNeverEndAreRefused) {
  EXPECT_EQ(lines_of("a\n" + std::string(1 << 20, 'x')), (Strings{"a", "refused: line 2 is longer than 64 KiB"}));
}

TEST(Lines, CanBeGivenAgain) {
  Lines lines(bytes_of("a\nb\n"));
  EXPECT_EQ(**lines.next(), "a");
  lines.again();
  EXPECT_EQ(**lines.next(), "a");
  EXPECT_EQ(lines.number(), 1);
  EXPECT_EQ(**lines.next(), "b");
  EXPECT_EQ(lines.number(), 2);
}

TEST(Fields, KnowWhereTheyStand) {
  std::vector<Field> fields;
  split_at_blanks("  1\t22   3 ", 9, fields);
  EXPECT_EQ(texts(fields), (Strings{"3:1", "5:22", "10:3"}));
  split_at_blanks("1 2 3", 2, fields);
  EXPECT_EQ(texts(fields), (Strings{"1:1", "3:2"})) << "no more than asked for";
  split_at_commas("a, b ,,\"c,d\",", 9, fields);
  EXPECT_EQ(texts(fields), (Strings{"1:a", "4:b", "7:", "9:c,d", "14:"}));
  split_at_commas("", 9, fields);
  EXPECT_EQ(texts(fields), (Strings{"1:"}));
}

TEST(Decimal, IsReadToTheThousandth) {
  const auto thousandths = [](std::string_view text) { return read_decimal(text).thousandths; };
  EXPECT_EQ(thousandths("0"), 0);
  EXPECT_EQ(thousandths("172800.0"), 172'800'000);
  EXPECT_EQ(thousandths("-1"), -1'000);
  EXPECT_EQ(thousandths("+1.2345"), 1'235);
  EXPECT_EQ(thousandths("1.2344999"), 1'234);
  EXPECT_EQ(thousandths("1.1230522e+07"), 11'230'522'000);
  EXPECT_EQ(thousandths("5e-4"), 1);
  EXPECT_EQ(thousandths(".5"), 500);
  EXPECT_EQ(thousandths("899999999999999.999"), 899'999'999'999'999'999);
  EXPECT_EQ(thousandths("0.000000000000000000000000001"), 0);
  EXPECT_TRUE(read_decimal("1.250").exact);
  EXPECT_FALSE(read_decimal("1.2501").exact);
  EXPECT_FALSE(read_decimal("1.00000000000000000000001").exact);
}

TEST(Decimal, SaysWhyItIsNone) {
  const auto kind = [](std::string_view text) { return read_decimal(text).kind; };
  using enum Decimal::Kind;
  for (const char* text : {"", "-", "NaN", "null"}) EXPECT_EQ(kind(text), missing) << text;
  for (const char* text : {"x", "1x", ".", "1e", "1e+", "1.2.3", "0x10", "--1", "inf", "1e12345", "1,5"})
    EXPECT_EQ(kind(text), not_a_number) << text;
  for (const char* text : {"900000000000001", "1e30", "9999999999999999999999999999", "1e9999"})
    EXPECT_EQ(kind(text), too_large) << text;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mingyue-workload-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

Expected<std::string> whole_file(const std::string& path) {
  TRY(bytes, open_file(path));
  std::string text(1 << 20, '\0');
  std::size_t size = 0;
  for (;;) {
    TRY(n, bytes->read(&text[size], text.size() - size));
    if (n == 0) break;
    size += n;
  }
  text.resize(size);
  return text;
}

TEST(Files, ArePlainOrGzipAndReadAlike) {
  const TemporaryFolder folder;
  for (const char* name : {"plain.csv", "zipped.csv.gz"}) {
    auto sink = create_file(folder.file(name));
    ASSERT_TRUE(sink.has_value());
    ASSERT_TRUE((*sink)->write(std::string(100'000, 'a')).has_value());
    EXPECT_FALSE(std::filesystem::exists(folder.file(name))) << "not before it is whole";
    ASSERT_TRUE((*sink)->finish().has_value());
    EXPECT_EQ(whole_file(folder.file(name)), std::string(100'000, 'a'));
  }
  EXPECT_EQ(std::filesystem::file_size(folder.file("plain.csv")), 100'000U);
  EXPECT_LT(std::filesystem::file_size(folder.file("zipped.csv.gz")), 1'000U);
}

TEST(Files, ThatAreNotFinishedLeaveNothing) {
  const TemporaryFolder folder;
  {
    auto sink = create_file(folder.file("half.csv"));
    ASSERT_TRUE(sink.has_value());
    ASSERT_TRUE((*sink)->write("a").has_value());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.file("")));
}

TEST(Files, ThatAreNotThereAreRefused) {
  EXPECT_EQ(open_file("/nonexistent/file").error().message, "No such file or directory");
  EXPECT_EQ(open_file("/tmp").error().message, "is a folder");
  EXPECT_EQ(create_file("/nonexistent/file").error().code, "cannot-write");
}

TEST(Files, ThatAreDamagedAreRefusedAndNotReadHalf) {
  const TemporaryFolder folder;
  auto sink = create_file(folder.file("a.gz"));
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 10'007) + "\n";
  ASSERT_TRUE((*sink)->write(text).has_value());
  ASSERT_TRUE((*sink)->finish().has_value());
  std::filesystem::resize_file(folder.file("a.gz"), std::filesystem::file_size(folder.file("a.gz")) / 2);
  const auto cut = whole_file(folder.file("a.gz"));
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().code, "damaged");
}

}  // namespace
}  // namespace mingyue::workload
