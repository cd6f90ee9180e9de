#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "base/units.hpp"

/// Numbers for people, the same in both languages; units stand beside them.
namespace mingyue::report {

/// `4,320,118`
[[nodiscard]] std::string print_count(std::int64_t number);
/// `93.1 %`; what is small and not nothing is `<0.1 %`, what is nearly all `>99.9 %`.
[[nodiscard]] std::string print_percent(double share);
/// `1,234`, `86.4`, `1.05`: three significant digits or more.
[[nodiscard]] std::string print_number(double number);
/// Resource-time in hours, without its unit: `87,360,000`, `12.4`.
[[nodiscard]] std::string print_hours(ResourceTime time);
/// `2026-03-01 06:00`, UTC
[[nodiscard]] std::string print_minute(Instant t);

}  // namespace mingyue::report
