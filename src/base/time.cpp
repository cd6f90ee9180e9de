#include "base/time.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace mingyue {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits from the front of `text`: at least `least`, at most `most`, nothing beyond 64 bits.
std::optional<std::int64_t> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t length = 0;
  while (length < text.size() && length < most && is_digit(text[length])) ++length;
  if (length < least) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

struct Unit {
  std::string_view name;
  std::int64_t ms;
};

// From large to small: a duration names each at most once, in this order. `ms` comes before `m`, which it begins with.
constexpr std::array<Unit, 5> units{{{"d", day_ms}, {"h", 3'600'000}, {"ms", 1}, {"m", 60'000}, {"s", 1'000}}};

// Ten years of milliseconds have 12 digits; 15 digits of days still fit 64 bits when we bound the number first.
constexpr std::size_t digits_max = 15;

/// `1h30m`, in milliseconds. Nothing when the text has another form; -1 when it is too long a time.
std::optional<std::int64_t> with_units(std::string_view text) {
  std::int64_t total = 0;
  std::int64_t previous = INT64_MAX;
  while (!text.empty()) {
    const auto number = take_number(text, 1, digits_max);
    if (!number) return std::nullopt;
    const Unit* unit = nullptr;
    for (const Unit& candidate : units) {
      if (text.starts_with(candidate.name)) {
        unit = &candidate;
        break;
      }
    }
    if (unit == nullptr || unit->ms >= previous) return std::nullopt;
    text.remove_prefix(unit->name.size());
    previous = unit->ms;
    if (*number > duration_max.raw() / unit->ms) return -1;
    total += *number * unit->ms;  // Five terms of at most duration_max each.
  }
  return total;
}

/// `MM:SS`, `HH:MM:SS`, `D-HH:MM:SS`, in milliseconds. Only the first field may be as large as it likes.
std::optional<std::int64_t> with_colons(std::string_view text) {
  std::int64_t days_part = 0;
  const bool has_days = text.find('-') != std::string_view::npos;
  if (has_days) {
    const auto number = take_number(text, 1, digits_max);
    if (!number || !take(text, '-')) return std::nullopt;
    days_part = *number;
  }
  std::array<std::int64_t, 3> fields{};
  std::size_t count = 0;
  for (;;) {
    const auto number = count == 0 ? take_number(text, 1, digits_max) : take_number(text, 2, 2);
    if (!number || count == 3) return std::nullopt;
    fields[count++] = *number;
    if (text.empty()) break;
    if (!take(text, ':')) return std::nullopt;
  }
  if (count == 1 || (has_days && count != 3)) return std::nullopt;
  for (std::size_t i = 1; i < count; ++i) {
    if (fields[i] > 59) return std::nullopt;
  }
  if (has_days && fields[0] > 23) return std::nullopt;
  const std::int64_t first_ms = count == 3 ? 3'600'000 : 60'000;
  if (days_part > duration_max.raw() / day_ms || fields[0] > duration_max.raw() / first_ms) return -1;
  const std::int64_t rest_ms = count == 3 ? fields[1] * 60'000 + fields[2] * 1'000 : fields[1] * 1'000;
  return days_part * day_ms + fields[0] * first_ms + rest_ms;
}

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back; after Howard Hinnant's
// "chrono-Compatible Low-Level Date Algorithms". std::chrono::year ends at 32767, `never` does not.
std::int64_t days_from_civil(std::int64_t y, std::int64_t m, std::int64_t d) {
  y -= m <= 2 ? 1 : 0;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Date {
  std::int64_t year, month, day;
};

Date civil_from_days(std::int64_t z) {
  z += 719'468;
  const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const std::int64_t day_of_era = z - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t mp = (5 * day_of_year + 2) / 153;
  const std::int64_t month = mp < 10 ? mp + 3 : mp - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * mp + 2) / 5 + 1};
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  constexpr std::array<std::int64_t, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : lengths[static_cast<std::size_t>(month - 1)];
}

std::optional<Instant> read_instant(std::string_view text) {
  const auto year = take_number(text, 4, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2, 2);
  if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_number(text, 2, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2, 2);
  if (!second || *second > 59) return std::nullopt;
  std::int64_t ms = 0;
  if (take(text, '.')) {
    // Programs print up to nanoseconds; the log counts milliseconds, so the rest is cut off.
    std::size_t digits = 0;
    for (; !text.empty() && is_digit(text.front()); ++digits, text.remove_prefix(1)) {
      if (digits < 3) ms = ms * 10 + (text.front() - '0');
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    for (; digits < 3; ++digits) ms *= 10;
  }
  std::int64_t offset_minutes = 0;
  if (!take(text, 'Z') && !take(text, 'z')) {
    const bool west = !text.empty() && text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto offset_h = take_number(text, 2, 2);
    if (!offset_h || *offset_h > 23 || !take(text, ':')) return std::nullopt;
    const auto offset_m = take_number(text, 2, 2);
    if (!offset_m || *offset_m > 59) return std::nullopt;
    offset_minutes = (*offset_h * 60 + *offset_m) * (west ? -1 : 1);
  }
  if (!text.empty()) return std::nullopt;
  const std::int64_t minutes_of_day = *hour * 60 + *minute - offset_minutes;
  return Instant(days_from_civil(*year, *month, *day) * day_ms + minutes_of_day * 60'000 + *second * 1'000 + ms);
}

}  // namespace

Expected<Duration> parse_duration(std::string_view text) {
  const bool colons = text.find(':') != std::string_view::npos;
  const auto ms = colons ? with_colons(text) : with_units(text);
  if (text.empty() || !ms) {
    const bool bare = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    return refuse("bad-value", "", fmt::format("\"{}\" is not a length of time", shown(text)),
                  bare ? fmt::format("say the unit: {0}s, {0}m or {0}h", shown(text))
                       : "write 90s, 10m, 2h, 1d, 1h30m or HH:MM:SS");
  }
  if (*ms == 0) return refuse("out-of-range", "", fmt::format("\"{}\" is no time at all", text), "name at least 1ms");
  if (*ms < 0 || *ms > duration_max.raw()) {
    return refuse("out-of-range", "", fmt::format("{} is longer than ten years", shown(text)),
                  fmt::format("name at most {}", print_duration(duration_max)));
  }
  return Duration(*ms);
}

Expected<Instant> parse_instant(std::string_view text) {
  if (const auto instant = read_instant(text)) return *instant;
  return refuse("bad-value", "", fmt::format("\"{}\" is not a point in time", shown(text)),
                "write 2026-12-01T08:00:00Z or 2026-12-01T16:00:00+08:00");
}

std::string print_duration(Duration d) {
  // The sign first, and the rest unsigned: the most negative number has no positive twin.
  const auto raw = static_cast<std::uint64_t>(d.raw());
  const std::uint64_t ms = d.raw() < 0 ? ~raw + 1 : raw;
  const char* sign = d.raw() < 0 ? "-" : "";
  const auto two = [&](std::uint64_t large, const char* large_unit, std::uint64_t small, const char* small_unit) {
    return small == 0 ? fmt::format("{}{}{}", sign, large, large_unit)
                      : fmt::format("{}{}{}{:02}{}", sign, large, large_unit, small, small_unit);
  };
  if (ms == 0) return "0s";
  if (ms < 1'000) return fmt::format("{}{}ms", sign, ms);
  if (ms < 60'000) {
    const std::uint64_t tenths = ms / 100 % 10;
    return tenths == 0 ? fmt::format("{}{}s", sign, ms / 1'000) : fmt::format("{}{}.{}s", sign, ms / 1'000, tenths);
  }
  if (ms < 3'600'000) return two(ms / 60'000, "m", ms / 1'000 % 60, "s");
  if (ms < static_cast<std::uint64_t>(day_ms)) return two(ms / 3'600'000, "h", ms / 60'000 % 60, "m");
  return two(ms / 86'400'000, "d", ms / 3'600'000 % 24, "h");
}

std::string print_instant(Instant t) {
  std::int64_t day = t.raw() / day_ms;
  std::int64_t ms = t.raw() % day_ms;
  if (ms < 0) {
    ms += day_ms;
    --day;
  }
  const Date date = civil_from_days(day);
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"), date.year, date.month, date.day,
                     ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

}  // namespace mingyue
