#include "report/numbers.hpp"

#include <fmt/format.h>

#include <cmath>

namespace mingyue::report {

std::string print_count(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string print_percent(double share) {
  const double percent = share * 100;
  if (percent == 0) return "0 %";
  if (percent > 0 && percent < 0.05) return "<0.1 %";
  if (percent < 100 && percent >= 99.95) return ">99.9 %";
  return fmt::format("{:.1f} %", percent);
}

std::string print_number(double number) {
  const double size = std::fabs(number);
  if (size >= 999.5) return print_count(std::llround(number));
  if (size >= 99.95) return fmt::format("{:.0f}", number);
  if (size >= 9.995) return fmt::format("{:.1f}", number);
  return fmt::format("{:.2f}", number);
}

std::string print_hours(ResourceTime time) {
  if (time.raw() == 0) return "0";
  constexpr double hour_ms = 3'600'000;
  return print_number(static_cast<double>(time.raw()) / hour_ms);
}

std::string print_minute(Instant t) {
  std::string text = print_instant(t).substr(0, 16);
  text[10] = ' ';
  return text;
}

}  // namespace mingyue::report
