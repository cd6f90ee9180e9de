#include "client/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace mingyue::client {
namespace {

/// Eighths of a character, so that small differences show.
std::string bar(double part, std::size_t width) {
  const auto eighths = static_cast<std::size_t>(part * static_cast<double>(width) * 8 + 0.5);
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  constexpr const char* rest[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  return text + rest[eighths % 8];
}

}  // namespace

std::string histogram(const wire::CircuitResultView& result, std::size_t rows, std::size_t width) {
  std::vector<std::pair<std::string, std::int64_t>> order(result.counts.begin(), result.counts.end());
  std::ranges::stable_sort(order, std::ranges::greater{}, &std::pair<std::string, std::int64_t>::second);
  std::int64_t all = 0;
  for (const auto& [bits, count] : order) all += count;
  const std::int64_t most = order.empty() ? 1 : std::max<std::int64_t>(1, order.front().second);
  const auto percent = [&](std::int64_t count) {
    return 100.0 * static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(1, all));
  };
  std::string text;
  std::int64_t told = 0;
  for (std::size_t i = 0; i < std::min(rows, order.size()); ++i) {
    const auto& [bits, count] = order[i];
    text += fmt::format("{}  {:>8}  {:>6.2f} %  {}\n", shown(bits, 4'096), count, percent(count),
                        bar(static_cast<double>(count) / static_cast<double>(most), width));
    told += count;
  }
  if (order.size() > rows)
    text +=
        fmt::format("and {} more outcomes: {} shots, {:.2f} %\n", order.size() - rows, all - told, percent(all - told));
  text += fmt::format("{} shots on {}{}, seed {}; a shot without error was expected with {:.1f} %; held {:.3f} s\n",
                      result.shots, shown(result.device),
                      result.calibration.empty() ? "" : " (calibration " + shown(result.calibration, 200) + ")",
                      shown(result.seed), 100 * result.expected_success, static_cast<double>(result.held_us) / 1e6);
  return text;
}

}  // namespace mingyue::client
