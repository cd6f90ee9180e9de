#include "workload/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace mingyue::workload {
namespace {

constexpr std::size_t line_max = 64 << 10;
constexpr std::size_t chunk = 64 << 10;
constexpr std::int64_t thousandths_max = 900'000'000'000'000'000;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

}  // namespace

Expected<std::optional<std::string_view>> Lines::next() {
  if (again_) {
    again_ = false;
    return line_;
  }
  for (std::size_t looked = begin_;;) {
    const auto* const found =
        end_ == looked ? nullptr : static_cast<const char*>(std::memchr(&buffer_[looked], '\n', end_ - looked));
    if (found != nullptr || (ended_ && begin_ < end_)) {
      const std::size_t stop = found == nullptr ? end_ : static_cast<std::size_t>(found - buffer_.data());
      line_ = std::string_view(buffer_).substr(begin_, stop - begin_);
      begin_ = found == nullptr ? stop : stop + 1;
      ++number_;
      if (line_.size() > line_max) break;
      if (line_.ends_with('\r')) line_.remove_suffix(1);
      if (number_ == 1 && line_.starts_with("\xef\xbb\xbf")) line_.remove_prefix(3);
      return line_;
    }
    if (ended_) return std::nullopt;
    if (end_ - begin_ > line_max) {
      ++number_;
      break;
    }
    // The unfinished line moves to the front, and more is read behind it.
    buffer_.erase(0, begin_);
    end_ -= begin_;
    begin_ = 0;
    looked = end_;
    buffer_.resize(end_ + chunk);
    TRY(count, bytes_->read(&buffer_[end_], chunk));
    end_ += count;
    ended_ = count == 0;
  }
  return refuse("too-large", "", fmt::format("line {} is longer than 64 KiB", number_), "is this a trace?", number_);
}

void split_at_blanks(std::string_view line, std::size_t most, std::vector<Field>& fields) {
  fields.clear();
  for (std::size_t at = 0; fields.size() < most;) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) return;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    fields.push_back({line.substr(begin, at - begin), static_cast<int>(begin) + 1});
  }
}

void split_at_commas(std::string_view line, std::size_t most, std::vector<Field>& fields) {
  fields.clear();
  for (std::size_t at = 0; fields.size() < most;) {
    std::size_t begin = at;
    while (begin < line.size() && is_blank(line[begin])) ++begin;
    if (begin < line.size() && line[begin] == '"') {
      std::size_t stop = begin + 1;
      while (stop < line.size() && (line[stop] != '"' || (stop + 1 < line.size() && line[stop + 1] == '"')))
        stop += line[stop] == '"' ? 2 : 1;
      stop = std::min(stop, line.size());
      fields.push_back({line.substr(begin + 1, stop - begin - 1), static_cast<int>(begin) + 2});
      at = std::min(line.find(',', stop), line.size());
    } else {
      const std::size_t stop = std::min(line.find(',', at), line.size());
      fields.push_back({trimmed(line.substr(at, stop - at)), static_cast<int>(std::min(begin, stop)) + 1});
      at = stop;
    }
    if (at == line.size()) return;
    ++at;
  }
}

Decimal read_decimal(std::string_view text) {
  using enum Decimal::Kind;
  if (text.empty() || text == "-" || same_word(text, "nan") || same_word(text, "null")) return {};
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  // Up to 19 digits as a whole number times a power of ten; zeros that are beyond only move the point.
  std::uint64_t digits = 0;
  int exponent = 3;
  bool any = false, point = false, lost = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    if (digits > 900'000'000'000'000'000) {
      lost = lost || c != '0';
      exponent += point ? 0 : 1;
    } else {
      digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
      exponent -= point ? 1 : 0;
    }
  }
  if (!any) return {not_a_number};
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return {not_a_number};
    ++at;
    const bool down = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (at == text.size() || text.size() - at > 4) return {not_a_number};
    int power = 0;
    for (; at < text.size(); ++at) {
      if (!is_digit(text[at])) return {not_a_number};
      power = power * 10 + (text[at] - '0');
    }
    exponent += down ? -power : power;
  }
  for (; exponent > 0 && digits != 0; --exponent) {
    if (digits > static_cast<std::uint64_t>(thousandths_max) / 10) return {too_large};
    digits *= 10;
  }
  // The last digit that is cut off decides; those before it only say that something was.
  std::uint64_t last = 0;
  for (; exponent < 0 && (digits != 0 || last != 0); ++exponent) {
    lost = lost || last != 0;
    last = digits % 10;
    digits /= 10;
  }
  lost = lost || last != 0;
  if (last >= 5) ++digits;
  if (digits > static_cast<std::uint64_t>(thousandths_max)) return {too_large};
  const auto value = static_cast<std::int64_t>(digits);
  return {number, negative ? -value : value, !lost};
}

}  // namespace mingyue::workload
