#include <fmt/format.h>

#include <algorithm>

#include "report/charts.hpp"
#include "report/numbers.hpp"

namespace mingyue::report {
namespace {

constexpr int row_height = 40;

/// Where a row's marks stand on the axis.
struct Marks {
  std::string label;
  std::string title;
  bool empty = true;
  double p25 = 0, median = 0, p75 = 0, p95 = 0, p99 = 0, largest = 0, mean = 0;
};

std::string draw(const Marks& marks, int y) {
  if (marks.empty) return {};
  const int middle = y + row_height / 2;
  const auto line = [&](const char* css, double from, double to, int y1, int y2) {
    return fmt::format(R"(<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>)", css, percent_of(from), percent_of(to),
                       y1, y2);
  };
  std::string svg = "<g><title>" + marks.title + "</title>";
  svg += line("whisker", marks.p75, marks.largest, middle, middle);
  svg += fmt::format(R"(<rect class="box" x="{}" width="{}" y="{}" height="18"/>)", percent_of(marks.p25),
                     percent_of(std::max(marks.p75 - marks.p25, 0.002)), middle - 9);
  svg += line("median", marks.median, marks.median, middle - 9, middle + 9);
  svg += line("largest", marks.largest, marks.largest, middle - 6, middle + 6);
  svg += fmt::format(R"(<circle class="p95" cx="{}" cy="{}" r="5"/>)", percent_of(marks.p95), middle);
  svg += fmt::format(R"(<circle class="p99" cx="{}" cy="{}" r="4"/>)", percent_of(marks.p99), middle);
  svg += fmt::format(R"(<text class="mean" x="{}" y="{}">×</text>)", percent_of(marks.mean), middle);
  svg += fmt::format(R"(<rect class="hit" width="100%" y="{}" height="{}"/></g>)"
                     "\n",
                     y, row_height);
  return svg;
}

std::string key() {
  const auto item = [](std::string_view shape, const Words& words) {
    return fmt::format(R"(<li><svg aria-hidden="true">{}</svg>{}</li>)", shape, both(words));
  };
  return "<ul class=\"key\">" +
         item(
             R"(<rect class="box" x="1" y="2" width="20" height="10"/><line class="median" x1="11" x2="11" y1="2" y2="12"/>)",
             {"middle half and median", "中间一半与中位数"}) +
         item(R"(<text class="mean" x="11" y="7">×</text>)", {"mean", "平均"}) +
         item(R"(<circle class="p95" cx="11" cy="7" r="5"/>)", {"p95: 95 % are no larger", "P95：95 % 不超过此值"}) +
         item(R"(<circle class="p99" cx="11" cy="7" r="4"/>)", {"p99", "P99"}) +
         item(R"(<line class="largest" x1="11" x2="11" y1="1" y2="13"/>)", {"largest", "最大"}) + "</ul>\n";
}

std::string plot(const Words& name, const std::vector<Marks>& rows, std::vector<Tick> ticks) {
  std::string svg;
  std::vector<Tick> labels;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    svg += draw(rows[i], static_cast<int>(i) * row_height);
    labels.push_back({.at = (static_cast<double>(i) + 0.5) / static_cast<double>(rows.size()), .label = rows[i].label});
  }
  return framed({.name = name,
                 .height = static_cast<int>(rows.size()) * row_height,
                 .left = std::move(labels),
                 .bottom = std::move(ticks),
                 .rows = true,
                 .grid_left = false,
                 .grid_bottom = true},
                svg) +
         key();
}

std::string title_line(const Words& name, const std::string& value) { return "\n" + beside(name) + " " + value; }

constexpr Words mean_words{"mean", "平均"};
constexpr Words median_words{"median", "中位数"};
constexpr Words largest_words{"largest", "最大"};
constexpr Words longest_words{"longest", "最长"};
constexpr Words jobs_words{"jobs", "作业"};

}  // namespace

std::string wait_quantiles(std::span<const QuantileRow> rows) {
  Duration longest;
  for (const QuantileRow& row : rows) longest = std::max(longest, row.waits->wait.longest);
  const LogScale scale = wait_scale(longest);
  const auto at = [&](Duration wait) { return scale.at(static_cast<double>(wait.raw())); };
  std::vector<Marks> all;
  for (const QuantileRow& row : rows) {
    const WaitTimes& wait = row.waits->wait;
    all.push_back({.label = row.label,
                   .title = print_count(row.waits->jobs_started) + " " + beside(jobs_words) +
                            title_line(mean_words, print_duration(wait.mean)) +
                            title_line(median_words, print_duration(wait.median)) +
                            title_line({"p95", "p95"}, print_duration(wait.p95)) +
                            title_line({"p99", "p99"}, print_duration(wait.p99)) +
                            title_line(longest_words, print_duration(wait.longest)),
                   .empty = row.waits->jobs_started == 0,
                   .p25 = at(wait.p25),
                   .median = at(wait.median),
                   .p75 = at(wait.p75),
                   .p95 = at(wait.p95),
                   .p99 = at(wait.p99),
                   .largest = at(wait.longest),
                   .mean = at(wait.mean)});
  }
  return plot({"Waits", "等待时间"}, all, wait_ticks(scale));
}

std::string slowdown_quantiles(std::span<const QuantileRow> rows) {
  double largest = 1;
  for (const QuantileRow& row : rows) largest = std::max(largest, row.waits->bounded_slowdown.largest);
  const LogScale scale = slowdown_scale(largest);
  std::vector<Marks> all;
  for (const QuantileRow& row : rows) {
    const Slowdowns& slowdown = row.waits->bounded_slowdown;
    all.push_back({.label = row.label,
                   .title = print_count(row.waits->jobs_ended) + " " + beside(jobs_words) +
                            title_line(mean_words, print_number(slowdown.mean)) +
                            title_line(median_words, print_number(slowdown.median)) +
                            title_line({"p95", "p95"}, print_number(slowdown.p95)) +
                            title_line({"p99", "p99"}, print_number(slowdown.p99)) +
                            title_line(largest_words, print_number(slowdown.largest)),
                   .empty = row.waits->jobs_ended == 0,
                   .p25 = scale.at(slowdown.p25),
                   .median = scale.at(slowdown.median),
                   .p75 = scale.at(slowdown.p75),
                   .p95 = scale.at(slowdown.p95),
                   .p99 = scale.at(slowdown.p99),
                   .largest = scale.at(slowdown.largest),
                   .mean = scale.at(slowdown.mean)});
  }
  return plot({"Bounded slowdown", "有界减速比"}, all, slowdown_ticks(scale));
}

std::string wait_table(const Words& first, std::span<const QuantileRow> rows) {
  Table table({both(first), both({"jobs started", "已开始作业"}), both(mean_words), both(median_words), "p95", "p99",
               both(longest_words)});
  for (const QuantileRow& row : rows) {
    const WaitTimes& wait = row.waits->wait;
    if (row.waits->jobs_started == 0)
      table.row({row.label, "0", "–", "–", "–", "–", "–"});
    else
      table.row({row.label, print_count(row.waits->jobs_started), print_duration(wait.mean),
                 print_duration(wait.median), print_duration(wait.p95), print_duration(wait.p99),
                 print_duration(wait.longest)});
  }
  return table.markup({"Waits", "等待时间"});
}

std::string slowdown_table(const Words& first, std::span<const QuantileRow> rows) {
  Table table({both(first), both({"jobs ended", "已结束作业"}), both(mean_words), both(median_words), "p95", "p99",
               both(largest_words)});
  for (const QuantileRow& row : rows) {
    const Slowdowns& slowdown = row.waits->bounded_slowdown;
    if (row.waits->jobs_ended == 0)
      table.row({row.label, "0", "–", "–", "–", "–", "–"});
    else
      table.row({row.label, print_count(row.waits->jobs_ended), print_number(slowdown.mean),
                 print_number(slowdown.median), print_number(slowdown.p95), print_number(slowdown.p99),
                 print_number(slowdown.largest)});
  }
  return table.markup({"Bounded slowdown", "有界减速比"});
}

}  // namespace mingyue::report
