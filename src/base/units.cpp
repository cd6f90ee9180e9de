#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/text.hpp"

namespace mingyue {
namespace {

constexpr std::int64_t exbibyte = std::int64_t{1} << 60;
constexpr std::int64_t micro = 1'000'000;
constexpr std::int64_t credits_max = 9'000'000'000'000;  // whole credits; times a million still below 2^63

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The power of 1024 that a suffix names: `K`, `kB`, `MiB`; `B` and nothing are 0.
std::optional<int> power_of(std::string_view suffix) {
  constexpr std::string_view letters = "KMGTPE";
  if (suffix.empty() || suffix == "B") return 0;
  const char first = suffix.front() >= 'a' ? static_cast<char>(suffix.front() - 'a' + 'A') : suffix.front();
  const auto place = letters.find(first);
  if (place == std::string_view::npos) return std::nullopt;
  const std::string_view rest = suffix.substr(1);
  if (!rest.empty() && rest != "B" && rest != "b" && rest != "iB" && rest != "i") return std::nullopt;
  return static_cast<int>(place) + 1;
}

}  // namespace

Expected<Bytes> parse_bytes(std::string_view text) {
  const char* const hint = "write a whole number with K, M, G or T (powers of 1024): 512M, 2G";
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!suffix.empty() && suffix.front() == ' ' && suffix.size() > 1) suffix.remove_prefix(1);
  const auto power = power_of(suffix);
  if (error == std::errc::invalid_argument || !power) {
    return refuse("bad-value", "", fmt::format("\"{}\" is not an amount of memory", shown(text)), hint);
  }
  const int shift = *power * 10;
  if (error == std::errc::result_out_of_range || number > static_cast<std::uint64_t>(exbibyte) >> shift) {
    return refuse("out-of-range", "", fmt::format("{} is more than one exbibyte", shown(text)), "name at most 1024P");
  }
  if (number == 0) return refuse("out-of-range", "", "no memory at all", hint);
  return Bytes(static_cast<std::int64_t>(number << shift));
}

std::string print_bytes(Bytes bytes) {
  const auto raw = static_cast<std::uint64_t>(bytes.raw());
  const std::uint64_t size = bytes.raw() < 0 ? ~raw + 1 : raw;
  const char* sign = bytes.raw() < 0 ? "-" : "";
  int power = 0;
  while (power < 6 && size >> (power * 10 + 10) != 0) ++power;
  const std::uint64_t unit = std::uint64_t{1} << (power * 10);
  const char letter = "BKMGTPE"[power];
  const std::uint64_t whole = size / unit;
  // The rest is below 2^60, so ten of it still fit.
  const std::uint64_t tenths = size % unit * 10 / unit;
  return tenths == 0 ? fmt::format("{}{}{}", sign, whole, letter)
                     : fmt::format("{}{}.{}{}", sign, whole, tenths, letter);
}

Expected<Credits> parse_credits(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  const std::size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  const std::string_view places = point == std::string_view::npos ? std::string_view{} : rest.substr(point + 1);
  const bool digits = std::ranges::all_of(whole, is_digit) && std::ranges::all_of(places, is_digit);
  if (whole.empty() || !digits || (point != std::string_view::npos && places.empty()) || places.size() > 6) {
    return refuse("bad-value", "", fmt::format("\"{}\" is not an amount of credits", shown(text)),
                  "write a decimal number with at most six places: 12.5");
  }
  std::int64_t amount = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), amount);
  if (error != std::errc{} || amount >= credits_max) {
    return refuse("out-of-range", "", fmt::format("{} credits are too many", shown(text)),
                  fmt::format("name less than {}", credits_max));
  }
  std::int64_t fraction = 0;
  for (std::size_t i = 0; i < 6; ++i) fraction = fraction * 10 + (i < places.size() ? places[i] - '0' : 0);
  const std::int64_t total = amount * micro + fraction;
  return Credits(negative ? -total : total);
}

std::string print_credits(Credits credits) {
  const auto raw = static_cast<std::uint64_t>(credits.raw());
  const std::uint64_t size = credits.raw() < 0 ? ~raw + 1 : raw;
  std::string text = fmt::format("{}{}.{:06}", credits.raw() < 0 ? "-" : "", size / micro, size % micro);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

Expected<std::int64_t> parse_integer(std::string_view text, std::int64_t min, std::int64_t max) {
  std::int64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error == std::errc::invalid_argument || end != last) {
    return refuse("bad-value", "", fmt::format("\"{}\" is not a whole number", shown(text)),
                  fmt::format("write a number from {} to {}", min, max));
  }
  if (error == std::errc::result_out_of_range || number < min || number > max) {
    return refuse("out-of-range", "", fmt::format("{} is out of range", shown(text)),
                  fmt::format("write a number from {} to {}", min, max));
  }
  return number;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '.' || text.front() == '-') return false;
  return std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
  });
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Insertions, deletions, changes, and swaps of neighbours ("optimal string alignment"). Words that people mistype are
  // short; anything longer is simply far away, so that a hostile document cannot buy a quadratic table.
  constexpr std::size_t length_max = 128;
  if (a.size() > length_max || b.size() > length_max) return a == b ? 0 : std::max(a.size(), b.size());
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace mingyue
