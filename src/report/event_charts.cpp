#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "report/charts.hpp"
#include "report/numbers.hpp"

/// What happened when: incidents, and the Gantt charts.
namespace mingyue::report {
namespace {

/// More incidents than these would hide each other: their density is drawn instead.
constexpr std::size_t drops_max = 120;
constexpr int incident_row_height = 46;
constexpr int columns_max = 120;
constexpr std::size_t table_rows_max = 400;

std::string more_note(std::size_t shown, std::int64_t all, const Words& what_en_zh, std::string_view file) {
  if (static_cast<std::int64_t>(shown) >= all) return {};
  const std::string en =
      fmt::format("The first {} of {} {}; {} has more.", print_count(static_cast<std::int64_t>(shown)),
                  print_count(all), what_en_zh.en, file);
  const std::string zh = fmt::format("共 {} {}，此处为前 {}；更多见 {}。", print_count(all), what_en_zh.zh,
                                     print_count(static_cast<std::int64_t>(shown)), file);
  return "<p class=\"note\">" + both({en, zh}) + "</p>\n";
}

std::string print_until(const Incident& incident) {
  return incident.until ? print_minute(*incident.until) : both({"not within the run", "运行期内未恢复"});
}

Tick row_label(std::size_t row, std::size_t rows, const std::string& label) {
  return {.at = (static_cast<double>(row) + 0.5) / static_cast<double>(rows), .label = label};
}

/// The rows of the timeline, by kind.
std::map<std::string, std::size_t> incident_rows(const RunReport& report) {
  std::map<std::string, std::size_t> rows;
  for (const IncidentTotals& kind : report.incident_totals) rows.emplace(kind.kind, rows.size());
  return rows;
}

/// Each incident by itself.
std::string drops(const RunReport& report) {
  ResourceTime lost_most(1);
  for (const Incident& incident : report.incidents) lost_most = std::max(lost_most, incident.lost_resource_ms);
  const auto rows = incident_rows(report);
  std::string svg;
  for (const Incident& incident : report.incidents) {
    const int y = static_cast<int>(rows.at(incident.kind)) * incident_row_height;
    const std::string x = percent_of(place_in(report.header.from, report.header.to, incident.at));
    // An incident that cost nothing is a stem alone.
    const double radius = 12 * std::sqrt(share(incident.lost_resource_ms, lost_most));
    svg += fmt::format("<g><title>{}\n{} {}\n{} {} h\n{} {}</title>", print_minute(incident.at), escaped(incident.node),
                       escaped(incident.kind), beside({"lost", "损失"}), print_hours(incident.lost_resource_ms),
                       beside({"restart", "重启用时"}), print_duration(incident.restart));
    svg += fmt::format(R"(<line class="stem" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>)", x,
                       y + incident_row_height / 2 - 6, y + incident_row_height - 4);
    if (radius >= 1)
      svg += fmt::format(R"(<circle class="drop" cx="{}" cy="{}" r="{:.1f}"/>)", x, y + incident_row_height / 2 - 4,
                         radius);
    svg += "</g>\n";
  }
  return svg;
}

/// How many came in each stretch of time.
std::string densities(const RunReport& report) {
  struct Column {
    std::int64_t incidents = 0;
    ResourceTime lost;
  };
  const Header& header = report.header;
  const auto rows = incident_rows(report);
  std::vector<std::array<Column, columns_max>> columns(rows.size());
  std::int64_t most = 1;
  for (const Incident& incident : report.incidents) {
    const double at = place_in(header.from, header.to, incident.at);
    Column& column = columns[rows.at(incident.kind)]
                            [std::min<std::size_t>(static_cast<std::size_t>(at * columns_max), columns_max - 1)];
    ++column.incidents;
    column.lost += incident.lost_resource_ms;
    most = std::max(most, column.incidents);
  }
  const Duration stretch = header.to - header.from;
  std::string svg = "<g class=\"columns\">\n";
  for (std::size_t row = 0; row < columns.size(); ++row)
    for (std::size_t i = 0; i < columns_max; ++i) {
      const Column& column = columns[row][i];
      if (column.incidents == 0) continue;
      const double height =
          static_cast<double>(column.incidents) / static_cast<double>(most) * (incident_row_height - 6);
      const Instant from = header.from + Duration(stretch.raw() / columns_max * static_cast<std::int64_t>(i));
      svg += fmt::format(R"(<g><title>{}
{} {}
{} {} h</title><rect class="density" x="{}" width="{}" y="{:.1f}" height="{:.1f}"/></g>
)",
                         print_minute(from), print_count(column.incidents), beside({"incidents", "起事件"}),
                         beside({"lost", "损失"}), print_hours(column.lost),
                         percent_of(static_cast<double>(i) / columns_max), percent_of(0.8 / columns_max),
                         static_cast<double>(row + 1) * incident_row_height - height, height);
    }
  return svg + "</g>";
}

}  // namespace

std::string incident_line(const RunReport& report) {
  const Header& header = report.header;
  Table totals({both({"kind", "类别"}), both({"incidents", "事件"}), both({"jobs interrupted", "中断作业"}),
                both({"lost, resource-h", "损失（资源时）"}), both({"mean restart", "平均重启用时"})});
  for (const IncidentTotals& kind : report.incident_totals)
    totals.row({escaped(kind.kind), print_count(kind.incidents), print_count(kind.jobs),
                print_hours(kind.lost_resource_ms), print_duration(kind.restart_mean)});

  std::vector<Tick> labels;
  for (std::size_t row = 0; row < report.incident_totals.size(); ++row) {
    const IncidentTotals& kind = report.incident_totals[row];
    labels.push_back(
        row_label(row, report.incident_totals.size(), escaped(kind.kind) + " · " + print_count(kind.incidents)));
  }
  const bool singly = report.incidents.size() <= drops_max;
  const std::string svg = singly ? drops(report) : densities(report);
  std::string body = framed({.name = {"Incidents over time", "事件时间线"},
                             .height = static_cast<int>(report.incident_totals.size()) * incident_row_height,
                             .left = std::move(labels),
                             .bottom = time_ticks(header.from, header.to),
                             .rows = true,
                             .grid_left = false,
                             .grid_bottom = true},
                            svg);
  const std::int64_t all = static_cast<std::int64_t>(report.incidents.size()) + report.incidents_omitted;
  body += "<p class=\"note\">" +
          (singly ? both({"A stem is an incident; the area of its drop is the work that it cost.",
                          "每条竖线为一起事件，圆的面积为损失的计算。"})
                  : both({"Too many to draw singly: the height of a column is how many came in that stretch of time.",
                          "事件过多，不逐一绘制：柱高为该时段内的事件数。"})) +
          "</p>\n";
  body += totals.markup({"Incidents by kind", "按类别统计的事件"});

  Table table({both({"at (UTC)", "时间 (UTC)"}), both({"node", "节点"}), both({"kind", "类别"}),
               both({"node back", "节点恢复"}), both({"jobs interrupted", "中断作业"}),
               both({"lost, resource-h", "损失（资源时）"}), both({"restart", "重启用时"})},
              4);
  const std::size_t listed = std::min(report.incidents.size(), table_rows_max);
  for (std::size_t i = 0; i < listed; ++i) {
    const Incident& incident = report.incidents[i];
    table.row({print_minute(incident.at), escaped(incident.node), escaped(incident.kind), print_until(incident),
               print_count(incident.jobs), print_hours(incident.lost_resource_ms), print_duration(incident.restart)});
  }
  return body + folded({"Each incident as a table", "事件数据表"},
                       table.markup({"Incidents", "事件"}) +
                           more_note(listed, all, {"incidents are listed", "个事件"}, "incidents.csv"));
}

std::string gantt_of_nodes(const RunReport& report) {
  const Gantt& gantt = report.gantt;
  if (gantt.nodes.empty() || gantt.bars.empty()) return {};
  constexpr int row_height = 24;
  std::map<std::string, std::size_t> rows;
  std::vector<Tick> labels;
  for (const std::string& node : gantt.nodes) {
    labels.push_back(row_label(rows.size(), gantt.nodes.size(), escaped(node)));
    rows.emplace(node, rows.size());
  }
  // Several jobs may share a node: each gets a lane of its row, the first that is free.
  std::map<std::size_t, std::vector<Instant>> lanes;
  std::vector<std::size_t> lane_of;
  for (const GanttBar& bar : gantt.bars) {
    auto& free_at = lanes[rows[bar.node]];
    std::size_t lane = 0;
    while (lane < free_at.size() && free_at[lane] > bar.from) ++lane;
    if (lane == free_at.size()) free_at.push_back(bar.to);
    free_at[lane] = bar.to;
    lane_of.push_back(lane);
  }
  std::string svg;
  for (std::size_t i = 0; i < gantt.bars.size(); ++i) {
    const GanttBar& bar = gantt.bars[i];
    const std::size_t row = rows[bar.node];
    const double lane_height = static_cast<double>(row_height - 3) / static_cast<double>(lanes[row].size());
    const double y = static_cast<double>(row) * row_height + 1.5 + lane_height * static_cast<double>(lane_of[i]);
    const double left = place_in(gantt.from, gantt.to, bar.from);
    const double width = std::max(place_in(gantt.from, gantt.to, bar.to) - left, 0.001);
    const std::string who =
        bar.job.raw() == 0 ? std::string() : fmt::format("{} {}, ", beside({"job", "作业"}), bar.job.raw());
    svg += fmt::format("<g><title>{}\n{}{}\n{} {}\n{} – {}</title>", escaped(bar.node), who,
                       beside(words_of(bar.kind).name), print_count(bar.size), beside({"cards or cores", "卡或核"}),
                       print_minute(bar.from), print_minute(bar.to));
    svg += fmt::format(R"(<rect class="{}{}" x="{}" width="{}" y="{:.1f}" height="{:.1f}"/>)", css_class(bar.kind),
                       lane_height > 4 ? " edge" : "", percent_of(left), percent_of(width), y,
                       lane_height > 4 ? lane_height : lane_height - 0.7);
    if (width > 0.06 && bar.job.raw() != 0 && bar.kind == UseClass::productive && lane_height > 12)
      svg += fmt::format(
          R"(<svg x="{}" width="{}" y="{:.1f}" height="{:.1f}"><text class="bar-label" x="5" y="50%">{}</text></svg>)",
          percent_of(left), percent_of(width), y, lane_height, bar.job.raw());
    svg += "</g>\n";
  }
  std::string body = class_key() + framed({.name = {"What a sample of nodes did", "抽样节点的占用"},
                                           .height = static_cast<int>(gantt.nodes.size()) * row_height,
                                           .left = std::move(labels),
                                           .bottom = time_ticks(gantt.from, gantt.to),
                                           .rows = true,
                                           .grid_left = false,
                                           .grid_bottom = true},
                                          svg);
  if (gantt.bars_omitted > 0)
    body += "<p class=\"note\">" +
            both({"There was more than fits: later intervals were not kept.", "内容超出上限，较晚的时段未保留。"}) +
            "</p>\n";
  Table table({both({"node", "节点"}), both({"job", "作业"}), both({"class", "类别"}), both({"from (UTC)", "起 (UTC)"}),
               both({"to (UTC)", "止 (UTC)"}), both({"cards or cores of the job", "作业的卡或核"})},
              5);
  const std::size_t listed = std::min(gantt.bars.size(), table_rows_max);
  for (std::size_t i = 0; i < listed; ++i) {
    const GanttBar& bar = gantt.bars[i];
    table.row({escaped(bar.node), bar.job.raw() == 0 ? "–" : std::to_string(bar.job.raw()),
               swatch(bar.kind) + both(words_of(bar.kind).name), print_minute(bar.from), print_minute(bar.to),
               print_count(bar.size)});
  }
  return body + folded({"This chart as a table", "此图的数据表"},
                       table.markup({"Sample of nodes", "抽样节点"}) +
                           more_note(listed, static_cast<std::int64_t>(gantt.bars.size()),
                                     {"intervals are listed", "个时段"}, "gantt.csv"));
}

std::string gantt_of_jobs(const RunReport& report) {
  const std::vector<LargeJob>& jobs = report.gantt.largest;
  if (jobs.empty()) return {};
  const Instant from = report.header.from;
  Instant to = report.header.to;
  for (const LargeJob& job : jobs) to = std::max(to, job.ended_at);
  constexpr int row_height = 18;
  std::string svg;
  std::vector<Tick> labels;
  Table table({both({"job", "作业"}), both({"cards or cores", "卡或核"}), both({"submitted (UTC)", "提交 (UTC)"}),
               both({"waited", "等待"}), both({"ran", "运行"}), both({"resource-h", "资源时"}),
               both({"outcome", "结果"})});
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const LargeJob& job = jobs[i];
    const int middle = static_cast<int>(i) * row_height + row_height / 2;
    const double submitted = place_in(from, to, job.submitted_at);
    const double started = place_in(from, to, job.started_at);
    const double ended = place_in(from, to, job.ended_at);
    const Duration waited = job.started_at - job.submitted_at;
    const Duration ran = job.ended_at - job.started_at;
    svg +=
        fmt::format("<g><title>{} {}\n{} {}\n{} {}\n{} {}\n{}</title>", beside({"job", "作业"}), job.job.raw(),
                    print_count(job.size), beside({"cards or cores", "卡或核"}), beside({"waited", "等待"}),
                    print_duration(waited), beside({"ran", "运行"}), print_duration(ran), beside(words_of(job.state)));
    svg += fmt::format(R"(<line class="waiting" x1="{}" x2="{}" y1="{}" y2="{}"/>)", percent_of(submitted),
                       percent_of(started), middle, middle);
    svg += fmt::format(R"(<rect class="edge {}" x="{}" width="{}" y="{}" height="{}"/></g>)"
                       "\n",
                       css_class(job.state == model::JobState::succeeded ? UseClass::productive : UseClass::lost),
                       percent_of(started), percent_of(std::max(ended - started, 0.002)), middle - 6, 12);
    labels.push_back(row_label(
        i, jobs.size(), fmt::format("{} <span class=\"wide\">· {}</span>", job.job.raw(), print_count(job.size))));
    table.row({std::to_string(job.job.raw()), print_count(job.size), print_minute(job.submitted_at),
               print_duration(waited), print_duration(ran), print_hours(held(job.size, ran)),
               both(words_of(job.state))});
  }
  const std::string key = fmt::format(
      R"(<ul class="key"><li><svg aria-hidden="true"><line class="waiting" x1="0" x2="22" y1="7" y2="7"/></svg>{}</li><li>{}{}</li><li>{}{}</li></ul>
)",
      both({"waits", "等待"}), swatch(UseClass::productive), both({"runs, and succeeds", "运行并成功"}),
      swatch(UseClass::lost), both({"runs, and does not succeed", "运行但未成功"}));
  return key +
         framed({.name = {"The largest jobs", "最大的作业"},
                 .height = static_cast<int>(jobs.size()) * row_height,
                 .left = std::move(labels),
                 .bottom = time_ticks(from, to),
                 .rows = true,
                 .grid_left = false,
                 .grid_bottom = true},
                svg) +
         folded({"This chart as a table", "此图的数据表"}, table.markup({"The largest jobs", "最大的作业"}));
}

std::string calibration(const RunReport& report) {
  if (report.calibration.empty()) return {};
  std::int64_t most = 1;
  for (const CalibrationBin& bin : report.calibration) most = std::max(most, bin.forecasts);
  std::string svg = R"(<line class="honest" x1="0" y1="100%" x2="100%" y2="0"/>)";
  Table table(
      {both({"forecast chance", "预测概率"}), both({"forecasts", "预测数"}), both({"came in time", "按时开始"})});
  for (const CalibrationBin& bin : report.calibration) {
    const double kept = static_cast<double>(bin.kept) / static_cast<double>(bin.forecasts);
    const double radius = 3 + 7 * std::sqrt(static_cast<double>(bin.forecasts) / static_cast<double>(most));
    svg += fmt::format(R"(<g><title>{} {} %
{} {}
{} {}</title><circle class="kept" cx="{}" cy="{}" r="{:.1f}"/></g>
)",
                       beside({"forecast", "预测"}), bin.percent, beside({"came in time", "按时开始"}),
                       escaped(print_percent(kept)), print_count(bin.forecasts), beside({"forecasts", "个预测"}),
                       percent_of(bin.percent / 100.0), percent_of(1 - kept), radius);
    table.row({std::to_string(bin.percent) + " %", print_count(bin.forecasts), escaped(print_percent(kept))});
  }
  std::vector<Tick> ticks{{0, "0 %"}, {0.25, "25 %", true}, {0.5, "50 %"}, {0.75, "75 %", true}, {1, "100 %"}};
  return "<div class=\"pair\"><div>" +
         framed({.name = {"Forecast chance against what came", "预测概率与实际"},
                 .height = 260,
                 .left = ticks,
                 .bottom = ticks,
                 .grid_bottom = true},
                svg) +
         "</div><div>" + table.markup({"Forecasts of starts", "开始时间预测"}) + "</div></div>\n";
}

}  // namespace mingyue::report
