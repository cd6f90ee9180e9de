#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "workload/bytes.hpp"

/// Text into lines, lines into fields, fields into whole numbers.
namespace mingyue::workload {

/// Lines of a text, without their ends (LF or CRLF) and without a byte order mark. No line is longer than 64 KiB.
class Lines {
 public:
  explicit Lines(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {}
  /// The next line, alive until the next call; nothing at the end.
  [[nodiscard]] Expected<std::optional<std::string_view>> next();
  /// Gives the line just read once more.
  void again() { again_ = true; }
  /// Of the line just read, from 1.
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] double progress() const { return bytes_->progress(); }

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::string_view line_;
  int number_ = 0;
  bool ended_ = false, again_ = false;
};

/// A field and where it stands in its line, from 1.
struct Field {
  std::string_view text;
  int column = 0;
};

/// At most `most` fields; what is beyond is not looked at. Blanks around fields are dropped.
void split_at_blanks(std::string_view line, std::size_t most, std::vector<Field>& fields);
/// A field in double quotes may hold commas; a doubled quote inside stays doubled.
void split_at_commas(std::string_view line, std::size_t most, std::vector<Field>& fields);

/// A decimal number times 1,000, rounded to a whole one, half away from zero: seconds into milliseconds. Read digit by
/// digit and not through floating point, so it is the same everywhere. `1.5e3` is 1,500.
struct Decimal {
  enum class Kind : std::uint8_t { number, missing, not_a_number, too_large };
  Kind kind = Kind::missing;
  std::int64_t thousandths = 0;  ///< at most 9e17 in size
  bool exact = false;            ///< nothing was rounded off
};
/// Empty, `nan`, `null` and `-` are missing.
[[nodiscard]] Decimal read_decimal(std::string_view text);

}  // namespace mingyue::workload
