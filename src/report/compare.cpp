#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/charts.hpp"
#include "report/csv.hpp"
#include "report/metrics.hpp"
#include "report/numbers.hpp"
#include "report/write.hpp"

/// Several runs side by side.
namespace mingyue::report {

namespace {

/// How many columns of a terminal: Chinese takes two a character.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(code_point_length(text), 1);
    // All that we print in three bytes is Chinese or its punctuation but for dashes and the multiplication sign.
    const bool wide = length >= 3 && static_cast<unsigned char>(text.front()) >= 0xe3;
    width += wide ? 2 : 1;
    text.remove_prefix(length);
  }
  return width;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::size_t own = width_of(text);
  const std::string room(own < width ? width - own : 0, ' ');
  return right ? room + text : text + room;
}

std::string differences_note(std::span<const RunReport> reports) {
  const std::vector<Words> all = differences(reports);
  if (all.empty())
    return "<p class=\"note\">" +
           both({"Same centre, trace, seed, window and version: only the policy differs.",
                 "中心、轨迹、种子、时间窗和版本均相同，仅策略不同。"}) +
           "</p>\n";
  std::string en = "<strong>Not like for like.</strong> The runs differ besides the policy: ";
  std::string zh = "<strong>条件不同。</strong>除策略外，以下各项也不同：";
  for (std::size_t i = 0; i < all.size(); ++i) {
    en += (i > 0 ? ", " : "") + std::string(all[i].en);
    zh += (i > 0 ? "、" : "") + std::string(all[i].zh);
  }
  return "<p class=\"simulated\">" + both({en + ".", zh + "。"}) + "</p>\n";
}

std::string metric_table(std::span<const RunReport> reports, const std::vector<std::string>& names) {
  std::vector<std::string> headings{both({"figure", "指标"})};
  for (const std::string& name : names) headings.push_back(escaped(name));
  Table table(std::move(headings));
  for (const Metric& metric : metrics()) {
    const std::vector<std::size_t> best = best_of(metric, reports);
    std::vector<std::string> cells{both(metric.name)};
    for (std::size_t i = 0; i < reports.size(); ++i) {
      const std::string value = escaped(metric.print(metric.value(reports[i])));
      const bool is_best = std::ranges::find(best, i) != best.end();
      cells.push_back(is_best ? "<strong>★ " + value + "</strong>" : value);
    }
    table.row(cells);
  }
  return table.markup({"Figures of each run", "各次运行的指标"});
}

std::string size_table(std::span<const RunReport> reports, const std::vector<std::string>& names) {
  std::vector<std::string> headings{both({"cards or cores", "卡或核"})};
  for (const std::string& name : names) headings.push_back(escaped(name));
  Table table(std::move(headings));
  for (std::size_t size = 0; size < reports.front().waits.by_size.size(); ++size) {
    std::vector<std::string> cells{escaped(
        print_sizes(reports.front().waits.by_size[size].size_min, reports.front().waits.by_size[size].size_max))};
    bool any = false;
    for (const RunReport& report : reports) {
      const SizeWaits* row = size < report.waits.by_size.size() ? &report.waits.by_size[size] : nullptr;
      const bool has = row != nullptr && row->jobs_started > 0;
      any |= has;
      cells.push_back(has ? print_duration(row->wait.mean) + " · " + print_duration(row->wait.p95) : "–");
    }
    if (any) table.row(cells);
  }
  return table.markup({"Mean and p95 wait by size", "按规模的平均与 P95 等待"});
}

}  // namespace

std::string write_compare_html(std::span<const RunReport> reports) {
  std::string body;
  const std::vector<std::string> names = names_of(reports);
  bool simulated = false;
  for (const RunReport& report : reports) simulated |= report.header.simulated;
  if (!reports.empty()) {
    const Header& header = reports.front().header;
    body += fmt::format(
        "<dl class=\"facts\"><div><dt>{}</dt><dd>{}</dd></div><div><dt>{}</dt><dd>{}</dd></div>"
        "<div><dt>{}</dt><dd>{}</dd></div><div><dt>{}</dt><dd>{} – {}</dd></div></dl>\n",
        both({"centre", "中心"}), escaped(header.centre), both({"trace", "轨迹"}), escaped(header.trace),
        both({"seed", "种子"}), header.seed, both({"time (UTC)", "时间 (UTC)"}), print_minute(header.from),
        print_minute(header.to));
    body += differences_note(reports);
    body += section("figures", {"Figures", "指标"}, {"A star marks the best of a row.", "星号标出每行最佳。"},
                    metric_table(reports, names));

    std::vector<ClassBar> bars;
    std::vector<QuantileRow> rows;
    for (std::size_t i = 0; i < reports.size(); ++i) {
      bars.push_back({.label = escaped(names[i]), .totals = whole_centre(reports[i])});
      rows.push_back({.label = escaped(names[i]), .waits = &reports[i].waits.overall});
    }
    std::vector<std::string> headings{both({"run", "运行"})};
    for (const UseClass use : use_classes) headings.push_back(both(words_of(use).name));
    Table classes(std::move(headings));
    for (const ClassBar& bar : bars) {
      std::vector<std::string> cells{bar.label};
      for (const UseClass use : use_classes)
        cells.push_back(escaped(print_percent(share(bar.totals.resource_ms.of(use), bar.totals.capacity_resource_ms))));
      classes.row(cells);
    }
    body += section("use", {"Where the time went", "时间去向"},
                    {"All cards together (cores, where there are none); the full width is capacity × time.",
                     "全部卡合计（无卡时为核）；满宽为容量 × 时间。"},
                    class_key() + class_bars({"Classes of each run", "各次运行的类别"}, bars) +
                        classes.markup({"Classes of each run", "各次运行的类别"}));
    constexpr Words run{"run", "运行"};
    body += section("waits", {"How long jobs waited", "等待时间"},
                    {"From submission to the first start, on a logarithmic axis.", "从提交到首次开始，对数坐标。"},
                    wait_quantiles(rows) + wait_table(run, rows));
    body += section("slowdown", {"Bounded slowdown", "有界减速比"},
                    {"max(1, (wait + run) / max(run, 10 s)) of each job that ran and ended.",
                     "每个已运行并结束的作业：max(1, (等待 + 运行) / max(运行, 10 秒))。"},
                    slowdown_quantiles(rows) + slowdown_table(run, rows));
    body += section("sizes", {"Waits by size", "按规模的等待"},
                    {"Mean · p95: 95 % of the jobs waited no longer.", "平均 · P95：95 % 的作业等待不超过此值。"},
                    size_table(reports, names));
  }
  body += class_footer();
  return page({.title = "Mingyue 明月 · " + std::to_string(reports.size()) + " runs compared",
               .heading = {"Runs side by side", "运行对比"},
               .simulated = simulated},
              body);
}

std::string write_compare_csv(std::span<const RunReport> reports) {
  std::string out = "run,centre,trace,policy,seed,version,from,to,offered_load,simulated";
  for (const Metric& metric : metrics()) out += "," + std::string(metric.key);
  out += "\n";
  const std::vector<std::string> names = names_of(reports);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const Header& h = reports[i].header;
    out += fmt::format("{},{},{},{},{},{},{},{},{},{}", csv_cell(names[i]), csv_cell(h.centre), csv_cell(h.trace),
                       csv_cell(h.policy), h.seed, csv_cell(h.version), print_instant(h.from), print_instant(h.to),
                       h.offered_load ? fmt::format("{}", *h.offered_load) : "", h.simulated);
    for (const Metric& metric : metrics()) out += fmt::format(",{}", metric.value(reports[i]));
    out += "\n";
  }
  return out;
}

std::string write_compare_text(std::span<const RunReport> reports, Language language) {
  if (reports.empty()) return {};
  const auto say = [&](const Words& words) { return std::string(language == Language::zh ? words.zh : words.en); };
  const Header& header = reports.front().header;
  std::string out;
  bool simulated = false;
  for (const RunReport& report : reports) simulated |= report.header.simulated;
  if (simulated) out += say({"SIMULATED: no job ran on a machine.", "模拟结果：没有作业在真实机器上运行。"}) + "\n";
  out += fmt::format("{}, {}, {} {}, {} – {}\n", header.centre, header.trace, say({"seed", "种子"}), header.seed,
                     print_minute(header.from), print_minute(header.to));
  const std::vector<Words> all = differences(reports);
  if (!all.empty()) {
    out += say({"not like for like; these differ too:", "条件不同，以下各项也不同："});
    for (const Words& words : all) out += " " + say(words);
    out += "\n";
  }
  out += "\n";

  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> head{""};
  for (std::string& name : names_of(reports)) head.push_back(shown(name, 24) + " ");
  rows.push_back(std::move(head));
  for (const Metric& metric : metrics()) {
    const std::vector<std::size_t> best = best_of(metric, reports);
    std::vector<std::string> row{say(metric.name)};
    for (std::size_t i = 0; i < reports.size(); ++i)
      row.push_back(metric.print(metric.value(reports[i])) + (std::ranges::find(best, i) != best.end() ? "*" : " "));
    rows.push_back(std::move(row));
  }
  std::vector<std::size_t> widths(reports.size() + 1);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i > 0 ? "  " : "") + padded(row[i], widths[i], i > 0);
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  if (reports.size() > 1) out += say({"\n* best of its row\n", "\n* 该行最佳\n"});
  return out;
}

}  // namespace mingyue::report
