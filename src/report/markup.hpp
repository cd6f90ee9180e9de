#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/run_report.hpp"
#include "report/scale.hpp"

/// The small parts of a page. All of it is well-formed XML as well as HTML, so that tests can read it strictly.
namespace mingyue::report {

/// The same words in both languages; both are in the page, and the reader's choice shows one.
struct Words {
  std::string_view en;
  std::string_view zh;
};

/// Text that may stand in an element or an attribute: markup escaped, control characters and wrong UTF-8 replaced.
[[nodiscard]] std::string escaped(std::string_view text);

/// `<span lang="en">…</span><span lang="zh">…</span>`; the words may hold markup.
[[nodiscard]] std::string both(const Words& words);
/// `waits 等待`: where there is only one place, as in hover titles. Escaped.
[[nodiscard]] std::string beside(const Words& words);

/// A share as a CSS or SVG percentage: `12.5%`.
[[nodiscard]] std::string percent_of(double share);

/// How a class of use is called, drawn (by this CSS class) and explained.
struct ClassWords {
  Words name;
  Words meaning;
};
[[nodiscard]] const ClassWords& words_of(UseClass use);
[[nodiscard]] std::string css_class(UseClass use);
[[nodiscard]] std::string swatch(UseClass use);
[[nodiscard]] Words words_of(model::JobState state);
/// `card-h`, `core-h`
[[nodiscard]] Words hour_unit(const Pool& pool);
/// `2–8`, `>1,024`
[[nodiscard]] std::string print_sizes(std::int64_t size_min, std::int64_t size_max);

/// A table in a frame that scrolls by itself when the screen is narrow.
class Table {
 public:
  /// Columns are aligned to the right but the first `left`.
  explicit Table(std::vector<std::string> headings, std::size_t left = 1);
  /// The first cell is the row's heading.
  void row(const std::vector<std::string>& cells, std::string_view css = {});
  [[nodiscard]] std::string markup(const Words& name) const;

 private:
  std::size_t left_;
  std::string head_;
  std::string body_;
};

/// A part that opens on demand.
[[nodiscard]] std::string folded(const Words& summary, const std::string& body);

/// A plot with its axes: `svg` draws in percent of the plot, whose height is `height` pixels.
struct Frame {
  Words name;  ///< for those who cannot see it
  int height = 240;
  std::vector<Tick> left;    ///< 0 is the bottom; labels may hold markup
  std::vector<Tick> bottom;  ///< 0 is the left
  bool rows = false;         ///< labels on the left name rows, and need room; 0 is the top
  bool grid_left = true;     ///< lines at the ticks
  bool grid_bottom = false;
};
[[nodiscard]] std::string framed(const Frame& frame, const std::string& svg);

/// A whole document around sections.
struct PageWords {
  std::string title;  ///< of the window, not escaped
  Words heading;
  bool simulated = true;
};
[[nodiscard]] std::string page(const PageWords& words, const std::string& body);

/// A numbered fact at the top of a page.
[[nodiscard]] std::string tile(const Words& name, const std::string& value, const Words& note);

/// A section with its heading and what to read from it.
[[nodiscard]] std::string section(std::string_view id, const Words& heading, const Words& lead,
                                  const std::string& body);

/// Ends the part that a page's sections stand in, and explains the classes.
[[nodiscard]] std::string class_footer();

}  // namespace mingyue::report
