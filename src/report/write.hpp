#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/language.hpp"
#include "report/run_report.hpp"

/// A report as text: for programs (JSON, CSV), for people (one page of HTML), and several runs side by side. Nothing is
/// written anywhere; the same report gives the same bytes. docs/formats/report.md describes the formats.
namespace mingyue::report {

struct TextFile {
  std::string name;  ///< `totals.csv`
  std::string text;
};

/// The whole report: 64-bit integers as text, a section a line.
[[nodiscard]] std::string write_json(const RunReport& report);
/// Reads what write_json wrote, so that runs of other days can be compared. Refuses what is no such report.
[[nodiscard]] Expected<RunReport> read_report(std::string_view json);

/// totals, series, queue, waits, outcomes, incidents, nodes, gantt, largest: a file each, with a line of names first
/// (RFC 4180; lines end in a plain newline).
[[nodiscard]] std::vector<TextFile> write_csv(const RunReport& report);

/// One file that needs no network: charts with a table beside each, in English and Chinese, for light and dark. It says
/// that it is simulated.
[[nodiscard]] std::string write_html(const RunReport& report);

/// Runs side by side: policies on the same trace and seed. What differs besides the policy is said.
[[nodiscard]] std::string write_compare_html(std::span<const RunReport> reports);
/// A line for each run.
[[nodiscard]] std::string write_compare_csv(std::span<const RunReport> reports);
/// A table for the terminal; one report gives its summary.
[[nodiscard]] std::string write_compare_text(std::span<const RunReport> reports, Language language);

}  // namespace mingyue::report
