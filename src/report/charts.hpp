#pragma once

#include <span>
#include <string>
#include <vector>

#include "report/markup.hpp"
#include "report/run_report.hpp"

/// Each function draws one thing, with its table where the table belongs to it. Shapes stand in percent of the plot, so
/// a page of any width shows text in its own size. Colour never speaks alone: classes differ by pattern, marks by
/// shape, and all hover titles are in the tables.
namespace mingyue::report {

/// Use over time: a column for each stretch of the window, full height = capacity, stacked by class.
[[nodiscard]] std::string use_over_time(const RunReport& report, std::size_t pool);
/// Swatch, hours and share of each class.
[[nodiscard]] std::string class_table(const PoolTotals& totals);
/// The mean number of waiting jobs in each stretch.
[[nodiscard]] std::string queue_over_time(const RunReport& report);

/// One bar of the full width for each row.
struct ClassBar {
  std::string label;  ///< may hold markup
  PoolTotals totals;
};
[[nodiscard]] std::string class_bars(const Words& name, std::span<const ClassBar> bars);
/// The patterns with their names.
[[nodiscard]] std::string class_key();

/// Rows of quantiles on a logarithmic axis.
struct QuantileRow {
  std::string label;  ///< may hold markup
  const SizeWaits* waits = nullptr;
};
[[nodiscard]] std::string wait_quantiles(std::span<const QuantileRow> rows);
[[nodiscard]] std::string slowdown_quantiles(std::span<const QuantileRow> rows);
[[nodiscard]] std::string wait_table(const Words& first, std::span<const QuantileRow> rows);
[[nodiscard]] std::string slowdown_table(const Words& first, std::span<const QuantileRow> rows);

[[nodiscard]] std::string node_map(const RunReport& report);
[[nodiscard]] std::string incident_line(const RunReport& report);
[[nodiscard]] std::string gantt_of_nodes(const RunReport& report);
[[nodiscard]] std::string gantt_of_jobs(const RunReport& report);
[[nodiscard]] std::string calibration(const RunReport& report);

}  // namespace mingyue::report
