#include "client/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace mingyue::client {
namespace {

/// The next code point and how many bytes it takes; a stray byte is one of its own.
std::pair<std::uint32_t, std::size_t> next(std::string_view text) {
  const auto b = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (b(0) < 0x80) return {b(0), 1};
  if ((b(0) & 0xe0) == 0xc0 && text.size() >= 2) return {(b(0) & 0x1f) << 6 | (b(1) & 0x3f), 2};
  if ((b(0) & 0xf0) == 0xe0 && text.size() >= 3) return {(b(0) & 0x0f) << 12 | (b(1) & 0x3f) << 6 | (b(2) & 0x3f), 3};
  if ((b(0) & 0xf8) == 0xf0 && text.size() >= 4) {
    return {(b(0) & 0x07) << 18 | (b(1) & 0x3f) << 12 | (b(2) & 0x3f) << 6 | (b(3) & 0x3f), 4};
  }
  return {0xfffd, 1};
}

int width_of(std::uint32_t c) {
  if (c >= 0x300 && c <= 0x36f) return 0;  // combining marks
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
  return wide ? 2 : 1;
}

std::string cut(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  int used = 0;
  while (!text.empty()) {
    const auto [c, bytes] = next(text);
    if (used + width_of(c) > width - 1) break;
    used += width_of(c);
    out.append(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return out + "…";
}

std::string painted(const Cell& cell, bool colour) {
  if (!colour || cell.tone == Tone::plain) return cell.text;
  const char* code = cell.tone == Tone::good ? "32" : cell.tone == Tone::warning ? "33" : "31";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, cell.text);
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const auto [c, bytes] = next(text);
    width += width_of(c);
    text.remove_prefix(bytes);
  }
  return width;
}

void Table::add(std::vector<Cell> cells) {
  for (Cell& cell : cells) {
    std::ranges::replace_if(
        cell.text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
  }
  rows_.push_back(std::move(cells));
}

std::string Table::print(int width, bool colour) const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int w = display_width(columns_[i].title);
    for (const auto& row : rows_) w = std::max(w, display_width(row[i].text));
    widths.push_back(w);
  }
  std::string all;
  const auto line = [&](auto cell_of) {
    std::string text;
    std::size_t gap = 0;  // spaces that are owed: none are left at the end of a line
    int used = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Cell cell = cell_of(i);
      const bool last = i + 1 == columns_.size();
      if (last && width > 0) cell.text = cut(cell.text, std::max(8, width - used));
      const auto pad = static_cast<std::size_t>(std::max(0, widths[i] - display_width(cell.text)));
      const bool right = columns_[i].align == Align::right;
      if (right) gap += pad;
      if (!cell.text.empty()) {
        text.append(std::exchange(gap, 0), ' ');
        text += painted(cell, colour);
      }
      gap += (right ? 0 : pad) + 2;
      used += widths[i] + 2;
    }
    all += text + "\n";
  };
  line([&](std::size_t i) { return Cell(columns_[i].title); });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return all;
}

std::string progress_bar(double share, int width) {
  const int inner = std::max(4, width - 8);
  share = std::clamp(share, 0.0, 1.0);
  const int full = static_cast<int>(share * inner);
  return fmt::format("[{}{}] {:3d} %", std::string(static_cast<std::size_t>(full), '#'),
                     std::string(static_cast<std::size_t>(inner - full), '.'), static_cast<int>(share * 100));
}

}  // namespace mingyue::client
