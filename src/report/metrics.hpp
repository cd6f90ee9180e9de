#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/markup.hpp"
#include "report/run_report.hpp"

/// The figures by which runs are compared: each with its formula in docs/formats/report.md.
namespace mingyue::report {

enum class Better : std::uint8_t { higher, lower, neither };

struct Metric {
  std::string_view key;  ///< the column in CSV
  Words name;
  Better better = Better::neither;
  double (*value)(const RunReport&) = nullptr;
  std::string (*print)(double) = nullptr;
};
[[nodiscard]] std::span<const Metric> metrics();

/// What to call each run: its policy, and what else tells it from the others.
[[nodiscard]] std::vector<std::string> names_of(std::span<const RunReport> reports);

/// What differs between runs besides the policy; empty when they are the same trace, seed, centre, window and version.
[[nodiscard]] std::vector<Words> differences(std::span<const RunReport> reports);

/// The places of the best value among the runs, as printed; empty when no value is better or all read the same.
[[nodiscard]] std::vector<std::size_t> best_of(const Metric& metric, std::span<const RunReport> reports);

}  // namespace mingyue::report
