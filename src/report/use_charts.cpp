#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/charts.hpp"
#include "report/numbers.hpp"

namespace mingyue::report {
namespace {

/// A column is four pixels wide on a large screen.
constexpr std::int64_t columns_max = 240;
constexpr std::int64_t table_rows_max = 60;

/// Some neighbouring bins as one.
struct Stretch {
  Instant from;
  Instant to;
  std::int64_t bin_first = 0;
  std::int64_t bin_end = 0;
};

std::vector<Stretch> stretches(const RunReport& report, std::int64_t count_max) {
  const Series& series = report.series;
  const std::int64_t each = std::max<std::int64_t>((series.bins + count_max - 1) / count_max, 1);
  std::vector<Stretch> all;
  for (std::int64_t bin = 0; bin < series.bins; bin += each) {
    const std::int64_t end = std::min(bin + each, series.bins);
    all.push_back({.from = report.header.from + series.bin * bin,
                   .to = std::min(report.header.from + series.bin * end, report.header.to),
                   .bin_first = bin,
                   .bin_end = end});
  }
  return all;
}

ClassTimes times_in(const PoolSeries& pool, const Stretch& stretch) {
  ClassTimes times;
  for (const UseClass use : use_classes)
    for (std::int64_t bin = stretch.bin_first; bin < stretch.bin_end; ++bin)
      times.of(use) += pool.of(use)[static_cast<std::size_t>(bin)];
  return times;
}

std::string title_of(const ClassTimes& times, const std::string& head) {
  std::string title = head;
  const ResourceTime capacity = times.sum();
  for (const UseClass use : use_classes)
    if (times.of(use).raw() > 0)
      title += "\n" + beside(words_of(use).name) + " " + escaped(print_percent(share(times.of(use), capacity)));
  return title;
}

std::string print_stretch(const Stretch& stretch) {
  return print_minute(stretch.from) + " – " + print_minute(stretch.to);
}

std::vector<Tick> share_ticks() {
  return {{0, "0 %"}, {0.25, "25 %", true}, {0.5, "50 %"}, {0.75, "75 %", true}, {1, "100 %"}};
}

/// The rectangles of one stack from `low` (0) up to the whole (1), as shares of the plot's height or width.
template <class Draw>
void stack(const ClassTimes& times, const Draw& draw) {
  const ResourceTime capacity = times.sum();
  ResourceTime below;
  for (const UseClass use : use_classes) {
    const ResourceTime above = below + times.of(use);
    // A stripe of less than a tenth of a pixel is left to the table.
    if (share(times.of(use), capacity) >= 0.0003) draw(use, share(below, capacity), share(above, capacity));
    below = above;
  }
}

}  // namespace

std::string use_over_time(const RunReport& report, std::size_t pool) {
  const PoolSeries& series = report.series.pools[pool];
  const Header& header = report.header;
  std::string svg = "<g class=\"columns\">\n";
  for (const Stretch& stretch : stretches(report, columns_max)) {
    const ClassTimes times = times_in(series, stretch);
    const double left = place_in(header.from, header.to, stretch.from);
    const double right = place_in(header.from, header.to, stretch.to);
    const std::string x = percent_of(left);
    const std::string width = percent_of(right - left + 0.0002);  // no seam where pixels divide
    svg += "<g><title>" + title_of(times, print_stretch(stretch)) + "</title>";
    stack(times, [&](UseClass use, double low, double high) {
      svg += fmt::format(R"(<rect class="{}" x="{}" width="{}" y="{}" height="{}"/>)", css_class(use), x, width,
                         percent_of(1 - high), percent_of(high - low + 0.0002));
    });
    svg += fmt::format(R"(<rect class="hit" x="{}" width="{}" height="100%"/></g>)"
                       "\n",
                       x, width);
  }
  svg += "</g>";
  std::string body = framed({.name = {"Use over time by class", "按类别的使用随时间变化"},
                             .height = 330,
                             .left = share_ticks(),
                             .bottom = time_ticks(header.from, header.to)},
                            svg);

  std::vector<std::string> headings{both({"from (UTC)", "起始 (UTC)"})};
  for (const UseClass use : use_classes) headings.push_back(both(words_of(use).name));
  Table table(std::move(headings));
  for (const Stretch& stretch : stretches(report, table_rows_max)) {
    const ClassTimes times = times_in(series, stretch);
    std::vector<std::string> cells{print_minute(stretch.from)};
    for (const UseClass use : use_classes) cells.push_back(escaped(print_percent(share(times.of(use), times.sum()))));
    table.row(cells);
  }
  body += folded({"This chart as a table", "此图的数据表"}, table.markup({"Use over time", "使用随时间变化"}));
  return body;
}

std::string class_table(const PoolTotals& totals) {
  Table table({both({"class", "类别"}), both(hour_unit(totals.pool)), both({"share", "占比"})});
  const auto line = [&](const std::string& name, ResourceTime time, std::string_view css) {
    table.row({name, print_hours(time), escaped(print_percent(share(time, totals.capacity_resource_ms)))}, css);
  };
  const ClassTimes& times = totals.resource_ms;
  for (const UseClass use : use_classes) line(swatch(use) + both(words_of(use).name), times.of(use), "");
  line(both({"sum = capacity × time", "合计 = 容量 × 时间"}), times.sum(), "sum");
  line(both({"use", "使用率"}), times.used(), "group");
  line(both({"goodput", "有效率"}), times.productive, "group");
  line(both({"idle while work waits", "有作业等待时的空闲"}), times.idle_wanted(), "group");
  return table.markup({"Classes", "类别"});
}

std::string queue_over_time(const RunReport& report) {
  if (!report.series.queue) return {};
  const QueueSeries& queue = *report.series.queue;
  const Header& header = report.header;
  const auto mean = [](const std::vector<std::int64_t>& series, const Stretch& stretch) {
    double sum = 0;
    for (std::int64_t bin = stretch.bin_first; bin < stretch.bin_end; ++bin)
      if (const auto at = static_cast<std::size_t>(bin); at < series.size()) sum += static_cast<double>(series[at]);
    const Duration length = stretch.to - stretch.from;
    return length.raw() == 0 ? 0 : sum / static_cast<double>(length.raw());
  };
  double largest = 0;
  for (const Stretch& stretch : stretches(report, columns_max))
    largest = std::max(largest, mean(queue.job_ms, stretch));
  const double top = round_above(largest);

  std::string svg = "<g class=\"columns\">\n";
  for (const Stretch& stretch : stretches(report, columns_max)) {
    const double left = place_in(header.from, header.to, stretch.from);
    const double right = place_in(header.from, header.to, stretch.to);
    const double jobs = mean(queue.job_ms, stretch);
    const std::string x = percent_of(left);
    const std::string width = percent_of(right - left + 0.0002);
    svg += fmt::format(
        R"(<g><title>{}
{} {}
{} {}</title><rect class="queue" x="{}" width="{}" y="{}" height="{}"/><rect class="hit" x="{}" width="{}" height="100%"/></g>
)",
        print_stretch(stretch), print_number(jobs), beside({"jobs wait", "个作业等待"}),
        print_number(mean(queue.size_ms, stretch)), beside({"cards or cores asked for", "所需卡或核"}), x, width,
        percent_of(1 - jobs / top), percent_of(jobs / top), x, width);
  }
  svg += "</g>";
  std::vector<Tick> ticks;
  for (const double at : {0.0, 0.5, 1.0})
    ticks.push_back({.at = at, .label = top * at < 1000 ? fmt::format("{:g}", top * at) : print_number(top * at)});
  std::string body = framed({.name = {"Waiting jobs over time", "等待作业数随时间变化"},
                             .height = 110,
                             .left = std::move(ticks),
                             .bottom = time_ticks(header.from, header.to)},
                            svg);
  Table table({both({"from (UTC)", "起始 (UTC)"}), both({"mean waiting jobs", "平均等待作业数"}),
               both({"mean cards or cores they ask for", "平均所需卡或核"})});
  for (const Stretch& stretch : stretches(report, table_rows_max))
    table.row({print_minute(stretch.from), print_number(mean(queue.job_ms, stretch)),
               print_number(mean(queue.size_ms, stretch))});
  return body + folded({"This chart as a table", "此图的数据表"}, table.markup({"Queue", "队列"}));
}

std::string class_bars(const Words& name, std::span<const ClassBar> bars) {
  constexpr int row_height = 34;
  std::string svg;
  std::vector<Tick> labels;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const PoolTotals& totals = bars[i].totals;
    const int y = static_cast<int>(i) * row_height + 5;
    svg += fmt::format("<g class=\"columns\"><title>{}</title>",
                       title_of(totals.resource_ms, beside({"use", "使用率"}) + " " + print_percent(totals.use)));
    stack(totals.resource_ms, [&](UseClass use, double low, double high) {
      svg += fmt::format(R"(<rect class="{}" x="{}" width="{}" y="{}" height="{}"/>)", css_class(use), percent_of(low),
                         percent_of(high - low + 0.0002), y, row_height - 10);
    });
    svg += "</g>\n";
    labels.push_back({.at = (static_cast<double>(i) + 0.5) / static_cast<double>(bars.size()), .label = bars[i].label});
  }
  return framed({.name = name,
                 .height = static_cast<int>(bars.size()) * row_height,
                 .left = std::move(labels),
                 .bottom = share_ticks(),
                 .rows = true,
                 .grid_left = false,
                 .grid_bottom = true},
                svg);
}

std::string class_key() {
  std::string key = "<ul class=\"key\">";
  for (const UseClass use : use_classes) key += fmt::format("<li>{}{}</li>", swatch(use), both(words_of(use).name));
  return key + "</ul>\n";
}

}  // namespace mingyue::report
