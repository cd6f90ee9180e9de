#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "formats/json.hpp"
#include "formats/json_read.hpp"
#include "formats/parse.hpp"
#include "report/write.hpp"

namespace mingyue::report {
namespace {

constexpr std::int32_t format_known = 1;

/// A year with 2,000 bins and 10,000 nodes has about 200,000 values.
constexpr TreeLimits report_limits{.bytes_max = std::size_t{256} << 20, .depth_max = 32, .nodes_max = 20'000'000};

/// Longer windows have no calendar that could be drawn.
constexpr Duration window_max = days(200 * 366);

/// What the writers rely on. A file is not to be trusted because it could be read.
Expected<void> check_whole(const RunReport& report) {
  const auto damaged = [](const std::string& field, const std::string& message) {
    return refuse("bad-document", field, message, "write the report again from its run");
  };
  const Header& header = report.header;
  const auto in_years = [](Instant t) {
    return Instant(0) - days(400 * 366) <= t && t <= Instant(0) + days(400 * 366);
  };
  if (!in_years(header.from) || !in_years(header.to) || header.to <= header.from ||
      header.to - header.from > window_max)
    return damaged("header.to", "the window is empty or longer than 200 years");
  const Series& series = report.series;
  if (series.bin <= Duration(0) ||
      series.bins != ((header.to - header.from).raw() + series.bin.raw() - 1) / series.bin.raw())
    return damaged("series.bins",
                   fmt::format("{} bins of {} do not fill the window", series.bins, print_duration(series.bin)));
  if (series.pools.size() != report.totals.size())
    return damaged("series.pools",
                   fmt::format("{} pools here, {} in totals", series.pools.size(), report.totals.size()));
  for (std::size_t pool = 0; pool < report.totals.size(); ++pool) {
    const PoolTotals& totals = report.totals[pool];
    Int128 sum = 0;
    for (const UseClass use : use_classes) {
      if (static_cast<std::int64_t>(series.pools[pool].of(use).size()) != series.bins)
        return damaged(fmt::format("series.pools[{}].{}", pool, enum_word(use)), "it has not one number a bin");
      if (totals.resource_ms.of(use).raw() < 0)
        return damaged(fmt::format("totals[{}].resource_ms.{}", pool, enum_word(use)), "it is negative");
      Int128 in_bins = 0;
      for (const ResourceTime time : series.pools[pool].of(use)) {
        if (time.raw() < 0)
          return damaged(fmt::format("series.pools[{}].{}", pool, enum_word(use)), "a number is negative");
        in_bins += time.raw();
      }
      if (in_bins != totals.resource_ms.of(use).raw())
        return damaged(fmt::format("series.pools[{}].{}", pool, enum_word(use)), "the bins do not sum to the total");
      sum += in_bins;
    }
    if (sum != totals.capacity_resource_ms.raw())
      return damaged(fmt::format("totals[{}]", pool), "the classes do not sum to capacity × time");
  }
  for (const Incident& incident : report.incidents)
    if (std::ranges::find(report.incident_totals, incident.kind, &IncidentTotals::kind) == report.incident_totals.end())
      return damaged("incident_totals", "there are no totals of " + shown(incident.kind));
  for (const CalibrationBin& bin : report.calibration)
    if (bin.forecasts <= 0 || bin.kept < 0 || bin.kept > bin.forecasts)
      return damaged("calibration", fmt::format("{} of {} forecasts were kept", bin.kept, bin.forecasts));
  const Gantt& gantt = report.gantt;
  if (!in_years(gantt.from) || !in_years(gantt.to) || gantt.to - gantt.from > window_max)
    return damaged("gantt.to", "the sample is longer than 200 years");
  for (const GanttBar& bar : gantt.bars)
    if (std::ranges::find(gantt.nodes, bar.node) == gantt.nodes.end())
      return damaged("gantt.bars", shown(bar.node) + " is not of the sample");
  for (const LargeJob& job : gantt.largest)
    if (!in_years(job.submitted_at) || !in_years(job.started_at) || !in_years(job.ended_at))
      return damaged("gantt.largest", "a job is out of all time");
  return {};
}

}  // namespace

std::string write_json(const RunReport& report) {
  // A section a line: readable in a terminal, comparable line by line, and half the size of one value a line.
  formats::JsonWriter writer(formats::JsonStyle::api, formats::JsonLayout::pretty);
  writer.begin_object();
  boost::mp11::mp_for_each<boost::describe::describe_members<RunReport, boost::describe::mod_public>>([&](auto member) {
    writer.key(member.name);
    writer.raw(formats::write_json(report.*member.pointer, formats::JsonStyle::api));
  });
  writer.end_object();
  return writer.take() + "\n";
}

Expected<RunReport> read_report(std::string_view json) {
  TRY(tree, formats::parse_json(json, report_limits));
  if (const std::string format = tree.text("header.format"); format != std::to_string(format_known))
    return refuse("bad-document", "header.format",
                  format.empty() ? "this is no report of a run" : "format " + shown(format) + " is not known here",
                  "give a report that `mingyue twin` wrote, of format " + std::to_string(format_known));
  TRY(report, formats::read_json<RunReport>(tree, formats::UnknownFields::ignore));
  CHECK_OK(check_whole(report));
  return report;
}

}  // namespace mingyue::report
