#include "report/scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "report/numbers.hpp"

namespace mingyue::report {
namespace {

struct Step {
  Duration step;
  bool with_hour;
};

constexpr std::array steps{Step{minutes(10), true}, Step{minutes(30), true}, Step{hours(1), true}, Step{hours(3), true},
                           Step{hours(6), true},    Step{hours(12), true},   Step{days(1), false}, Step{days(2), false},
                           Step{days(7), false},    Step{days(14), false}};
constexpr std::int64_t ticks_max = 8;
constexpr Duration day = days(1);

/// Few labels have room on any screen.
std::vector<Tick> roomy(std::vector<Tick> ticks) {
  constexpr std::size_t few = 4;
  if (ticks.size() <= few)
    for (Tick& tick : ticks) tick.minor = false;
  return ticks;
}

std::vector<Tick> month_ticks(Instant from, Instant to) {
  std::vector<Tick> ticks;
  const std::int64_t months = (to - from).raw() / days(30).raw();
  const std::int64_t every = months <= 7 ? 1 : months <= 14 ? 2 : months <= 24 ? 3 : months <= 48 ? 6 : 12;
  const std::int64_t first_day = (from.raw() + day.raw() - 1) / day.raw();
  for (Instant t(first_day * day.raw()); t <= to; t = t + day) {
    const std::string text = print_instant(t);
    if (text.substr(8, 2) != "01" || (std::stoi(text.substr(5, 2)) - 1) % every != 0) continue;
    ticks.push_back({.at = place_in(from, to, t), .label = text.substr(0, 7), .minor = ticks.size() % 2 != 0});
  }
  return ticks;
}

}  // namespace

LogScale::LogScale(double low, double high)
    : low_(low), high_(high), log_low_(std::log10(low)), log_span_(std::log10(high) - log_low_) {}

double LogScale::at(double value) const {
  if (value <= low_) return 0;
  return std::min((std::log10(value) - log_low_) / log_span_, 1.0);
}

namespace {
constexpr std::array<std::pair<std::int64_t, const char*>, 13> wait_marks{{{1'000, "≤1 s"},
                                                                           {10'000, "10 s"},
                                                                           {60'000, "1 min"},
                                                                           {600'000, "10 min"},
                                                                           {3'600'000, "1 h"},
                                                                           {21'600'000, "6 h"},
                                                                           {86'400'000, "1 d"},
                                                                           {345'600'000, "4 d"},
                                                                           {1'209'600'000, "14 d"},
                                                                           {5'184'000'000, "60 d"},
                                                                           {31'536'000'000, "365 d"},
                                                                           {315'360'000'000, "3,650 d"},
                                                                           {3'153'600'000'000, "36,500 d"}}};
}  // namespace

LogScale wait_scale(Duration longest) {
  std::int64_t high = 600'000;
  for (const auto& [ms, label] : wait_marks)
    if (high < longest.raw()) high = std::max(high, ms);
  return {1'000, static_cast<double>(high)};
}

std::vector<Tick> wait_ticks(const LogScale& scale) {
  std::vector<Tick> ticks;
  for (const auto& [ms, label] : wait_marks)
    if (const auto value = static_cast<double>(ms); scale.holds(value))
      ticks.push_back({.at = scale.at(value), .label = label, .minor = ticks.size() % 2 != 0});
  return roomy(std::move(ticks));
}

LogScale slowdown_scale(double largest) {
  double high = 10;
  while (high < largest && high < 1e12) high *= 10;
  return {1, high};
}

std::vector<Tick> slowdown_ticks(const LogScale& scale) {
  std::vector<Tick> ticks;
  for (double value = 1; scale.holds(value); value *= 10)
    ticks.push_back({.at = scale.at(value),
                     .label = print_count(static_cast<std::int64_t>(value)),
                     .minor = ticks.size() % 2 != 0});
  return roomy(std::move(ticks));
}

double place_in(Instant from, Instant to, Instant t) {
  if (to <= from) return 0;
  return std::clamp(static_cast<double>((t - from).raw()) / static_cast<double>((to - from).raw()), 0.0, 1.0);
}

std::vector<Tick> time_ticks(Instant from, Instant to) {
  const Duration span = to - from;
  for (const auto& [step, with_hour] : steps) {
    if (span.raw() / step.raw() > ticks_max) continue;
    std::vector<Tick> ticks;
    const std::int64_t first = (from.raw() + step.raw() - 1) / step.raw();
    for (Instant t(first * step.raw()); t <= to; t = t + step) {
      const std::string text = print_minute(t);  // 2026-03-01 06:00
      std::string label = with_hour ? text.substr(5) : text.substr(5, 5);
      if (with_hour && t.raw() % day.raw() != 0 && !ticks.empty()) label = text.substr(11);
      ticks.push_back({.at = place_in(from, to, t), .label = std::move(label), .minor = ticks.size() % 3 != 0});
    }
    return ticks;
  }
  return month_ticks(from, to);
}

double round_above(double largest) {
  if (largest <= 1) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(largest)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0})
    if (largest <= power * factor) return power * factor;
  return power * 10;
}

}  // namespace mingyue::report
