#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mingyue::client {

/// How many columns of a terminal a text takes: Chinese characters take two, combining marks none.
[[nodiscard]] int display_width(std::string_view utf8);

/// Colour never speaks alone: the word is always there too.
enum class Tone { plain, good, warning, bad };

struct Cell {
  Cell(std::string text_, Tone tone_ = Tone::plain) : text(std::move(text_)), tone(tone_) {}
  Cell(const char* text_) : text(text_) {}
  std::string text;
  Tone tone = Tone::plain;
};

/// A table for people: columns as wide as they need, two spaces between, numbers to the right, the last column cut to
/// the terminal. What a program wants is `--json` of the same values. Control characters in cells are shown as `?`:
/// they could redraw the terminal.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> cells);
  /// `width` 0: as wide as it comes (not a terminal).
  [[nodiscard]] std::string print(int width, bool colour = false) const;
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// `[######........] 43 %`, of `width` columns in all.
[[nodiscard]] std::string progress_bar(double share, int width);

}  // namespace mingyue::client
