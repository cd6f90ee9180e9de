#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mingyue::client {

/// How many columns of a terminal a text takes: Chinese characters take two, combining marks none.
[[nodiscard]] int display_width(std::string_view utf8);

/// A table for people: columns as wide as they need, two spaces between, numbers to the right, the last column cut to the
/// terminal. What a program wants is `--json` of the same values.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// `width` 0: as wide as it comes (not a terminal).
  [[nodiscard]] std::string print(int width) const;
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// `[######........] 43 %`, of `width` columns in all.
[[nodiscard]] std::string progress_bar(double share, int width);

}  // namespace mingyue::client
