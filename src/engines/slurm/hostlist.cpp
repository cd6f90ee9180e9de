#include "engines/slurm/hostlist.hpp"

#include <algorithm>
#include <charconv>

namespace mingyue::engines::slurm {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string padded(std::uint64_t number, std::size_t width) {
  std::string text = std::to_string(number);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

/// `001-003,007` to its numbers, as they are written.
bool expand_range(std::string_view inside, std::vector<std::string>& numbers) {
  while (true) {
    const std::size_t end = std::min(inside.find(','), inside.size());
    const std::string_view part = inside.substr(0, end);
    const std::size_t dash = std::min(part.find('-'), part.size());
    const std::string_view low = part.substr(0, dash);
    const std::string_view high = dash < part.size() ? part.substr(dash + 1) : low;
    if (low.empty() || high.empty() || low.size() > 9 || high.size() > 9) return false;
    if (!std::ranges::all_of(low, is_digit) || !std::ranges::all_of(high, is_digit)) return false;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::from_chars(low.data(), low.data() + low.size(), first);
    std::from_chars(high.data(), high.data() + high.size(), last);
    if (last < first || last - first >= hostlist_max || numbers.size() + (last - first) >= hostlist_max) return false;
    for (std::uint64_t number = first; number <= last; ++number) numbers.push_back(padded(number, low.size()));
    if (end == inside.size()) return true;
    inside.remove_prefix(end + 1);
  }
}

/// One item, with any number of brackets in it, behind every name of `heads`.
bool expand_item(std::string_view item, std::vector<std::string>& names) {
  std::vector<std::string> heads{""};
  while (!item.empty()) {
    const std::size_t open = std::min(item.find('['), item.size());
    const std::string_view plain = item.substr(0, open);
    if (!std::ranges::all_of(plain, is_name)) return false;
    for (std::string& head : heads) head += plain;
    item.remove_prefix(open);
    if (item.empty()) break;
    const std::size_t close = item.find(']');
    std::vector<std::string> numbers;
    if (close == std::string_view::npos || !expand_range(item.substr(1, close - 1), numbers)) return false;
    if (heads.size() * numbers.size() > hostlist_max) return false;
    std::vector<std::string> longer;
    longer.reserve(heads.size() * numbers.size());
    for (const std::string& head : heads)
      for (const std::string& number : numbers) longer.push_back(head + number);
    heads = std::move(longer);
    item.remove_prefix(close + 1);
  }
  if (heads.front().empty() || names.size() + heads.size() > hostlist_max) return false;
  names.insert(names.end(), std::make_move_iterator(heads.begin()), std::make_move_iterator(heads.end()));
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> expand_hostlist(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    std::size_t end = 0;  // of the item: the next comma outside of brackets
    for (bool inside = false; end < text.size() && (inside || text[end] != ','); ++end) {
      if (text[end] == '[') inside = true;
      if (text[end] == ']') inside = false;
    }
    if (!expand_item(text.substr(0, end), names)) return std::nullopt;
    const bool comma = end < text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    if (comma && text.empty()) return std::nullopt;
  }
  return names;
}

}  // namespace mingyue::engines::slurm
