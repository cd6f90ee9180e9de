#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "report/charts.hpp"
#include "report/numbers.hpp"
#include "report/write.hpp"

/// The page of one run.
namespace mingyue::report {
namespace {

/// More pools than these are left to the table of all pools.
constexpr std::size_t pools_drawn_max = 8;

std::string fact(const Words& name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", both(name), value);
}

std::string facts(const Header& header) {
  std::string out = "<dl class=\"facts\">\n";
  out += fact({"centre", "中心"}, escaped(header.centre));
  out += fact({"trace", "轨迹"}, escaped(header.trace));
  out += fact({"policy", "策略"}, escaped(header.policy));
  out += fact({"seed", "种子"}, std::to_string(header.seed));
  const std::string days = print_duration(header.to - header.from);
  out += fact(header.simulated ? Words{"simulated time (UTC)", "模拟时间 (UTC)"} : Words{"time (UTC)", "时间 (UTC)"},
              print_minute(header.from) + " – " + print_minute(header.to) + ", " + days);
  if (!header.faults.empty()) out += fact({"faults", "故障"}, escaped(header.faults));
  if (!header.checkpoint.empty()) out += fact({"checkpoints", "检查点"}, escaped(header.checkpoint));
  if (header.offered_load) out += fact({"offered load", "提交负载"}, escaped(print_percent(*header.offered_load)));
  out += fact({"version", "版本"}, escaped(header.version));
  return out + "</dl>\n";
}

std::string tiles(const RunReport& report) {
  const PoolTotals whole = whole_centre(report);
  const SizeWaits& overall = report.waits.overall;
  const bool cards = !whole.pool.card_type.empty();
  std::string out = "<dl class=\"tiles\">\n";
  const std::string of_en = "of " + print_count(whole.count) + (cards ? " cards" : " cores");
  const std::string of_zh = "共 " + print_count(whole.count) + (cards ? " 卡" : " 核");
  out += tile({"Use", "使用率"}, escaped(print_percent(whole.use)), {of_en, of_zh});
  out += tile({"Goodput", "有效率"}, escaped(print_percent(whole.goodput)), {"work that was kept", "保留下来的计算"});
  out += tile({"Idle while work waits", "有作业等待时的空闲"}, escaped(print_percent(whole.idle_wanted)),
              {"promised and stranded", "预留与碎片"});
  out += tile({"Lost", "损失"}, escaped(print_percent(share(whole.resource_ms.lost, whole.capacity_resource_ms))),
              {"work thrown away", "作废的计算"});
  out +=
      tile({"Mean wait", "平均等待"}, print_duration(overall.wait.mean), {"from submission to start", "从提交到开始"});
  out += tile({"p95 wait", "P95 等待"}, print_duration(overall.wait.p95),
              {"95 % of the jobs waited no longer", "95 % 的作业等待不超过此值"});
  out += tile({"Mean bounded slowdown", "平均有界减速比"},
              overall.jobs_ended == 0 ? "–" : print_number(overall.bounded_slowdown.mean),
              {"bound 10 s; 1 is no wait", "下限 10 秒；1 为无等待"});
  std::int64_t ended = 0;
  for (const OutcomeCount& row : report.outcomes)
    if (model::ended(row.state)) ended += row.jobs;
  std::int64_t incidents = 0;
  for (const IncidentTotals& kind : report.incident_totals) incidents += kind.incidents;
  const std::string and_en = fmt::format("{} incidents", print_count(incidents));
  const std::string and_zh = fmt::format("{} 起事件", print_count(incidents));
  out += tile({"Jobs ended", "已结束作业"}, print_count(ended), {and_en, and_zh});
  return out + "</dl>\n";
}

std::string pool_name(const Pool& pool) {
  return escaped(pool.partition) + " · " + (pool.card_type.empty() ? both({"cores", "核"}) : escaped(pool.card_type));
}

std::string use_section(const RunReport& report) {
  std::vector<std::size_t> order(report.totals.size());
  std::iota(order.begin(), order.end(), 0);
  std::string body;
  if (order.size() > 1) {
    std::vector<ClassBar> bars;
    Table table({both({"partition and resource", "分区与资源"}), both({"count", "数量"}), both({"use", "使用率"}),
                 both({"goodput", "有效率"}), both({"idle while work waits", "有作业等待时的空闲"}),
                 both({"lost", "损失"}), both({"unavailable", "停用"})});
    for (const PoolTotals& totals : report.totals) {
      bars.push_back({.label = pool_name(totals.pool), .totals = totals});
      const ClassTimes& times = totals.resource_ms;
      table.row({pool_name(totals.pool), print_count(totals.count), escaped(print_percent(totals.use)),
                 escaped(print_percent(totals.goodput)), escaped(print_percent(totals.idle_wanted)),
                 escaped(print_percent(share(times.lost, totals.capacity_resource_ms))),
                 escaped(print_percent(share(times.down + times.drained, totals.capacity_resource_ms)))});
    }
    body += class_key() + class_bars({"Use of each partition", "各分区的使用"}, bars) +
            table.markup({"Use of each partition", "各分区的使用"});
    // The largest are drawn over time.
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return report.totals[a].capacity_resource_ms > report.totals[b].capacity_resource_ms;
    });
    if (order.size() > pools_drawn_max) {
      order.resize(pools_drawn_max);
      body += "<p class=\"note\">" +
              both({"Drawn over time below: the eight largest. series.csv has all.",
                    "以下仅绘制最大的八个随时间的变化；全部见 series.csv。"}) +
              "</p>\n";
    }
    std::ranges::sort(order);
  }
  for (const std::size_t pool : order) {
    const PoolTotals& totals = report.totals[pool];
    body += fmt::format("<h3>{} · {} {}</h3>\n", escaped(totals.pool.partition), print_count(totals.count),
                        totals.pool.card_type.empty() ? both({"cores", "核"}) : escaped(totals.pool.card_type));
    body += "<div class=\"pair\"><div>" + use_over_time(report, pool) + "</div><div>" + class_table(totals) +
            "</div></div>\n";
  }
  return section("use", {"Where the time went", "时间去向"},
                 {"The full height is capacity × time; each of nine classes has its part, and their sum is checked to "
                  "the millisecond. Hover a column, or open its table.",
                  "满高为容量 × 时间，由九类构成，其和精确到毫秒校验。悬停查看各列，或展开数据表。"},
                 body);
}

std::string queue_section(const RunReport& report) {
  if (!report.series.queue) return {};
  const std::string longest = print_count(report.series.queue->jobs_max);
  const std::string en =
      "How many jobs waited, as the mean of each stretch of time. The longest queue had " + longest + " jobs.";
  const std::string zh = "各时段等待作业的平均数。最长队列有 " + longest + " 个作业。";
  return section("queue", {"The queue", "队列"}, {en, zh}, queue_over_time(report));
}

std::vector<QuantileRow> size_rows(const Waits& waits) {
  std::vector<QuantileRow> rows{{.label = both({"all", "全部"}), .waits = &waits.overall}};
  for (const SizeWaits& row : waits.by_size)
    if (row.jobs_started > 0 || row.jobs_ended > 0)
      rows.push_back({.label = escaped(print_sizes(row.size_min, row.size_max)), .waits = &row});
  return rows;
}

std::string waits_section(const RunReport& report) {
  const std::vector<QuantileRow> rows = size_rows(report.waits);
  constexpr Words sizes{"cards or cores", "卡或核"};
  return section("waits", {"How long jobs waited, by size", "按规模的等待时间"},
                 {"From submission to the first start, on a logarithmic axis. Means are exact, quantiles within 0.4 %.",
                  "从提交到首次开始，对数坐标。平均值精确，分位数误差不超过 0.4 %。"},
                 wait_quantiles(rows) + wait_table(sizes, rows)) +
         section(
             "slowdown", {"Bounded slowdown, by size", "按规模的有界减速比"},
             {"max(1, (wait + run) / max(run, 10 s)) of each job that ran and ended: 1 is no wait, 2 is as long as "
              "the run again.",
              "每个已运行并结束的作业：max(1, (等待 + 运行) / max(运行, 10 秒))。1 表示无等待，2 表示等待与运行等长。"},
             slowdown_quantiles(rows) + slowdown_table(sizes, rows));
}

std::string outcomes_section(const RunReport& report) {
  if (report.outcomes.empty()) return {};
  std::int64_t all = 0;
  for (const OutcomeCount& row : report.outcomes) all += row.jobs;
  Table table({both({"outcome", "结果"}), both({"jobs", "作业"}), both({"share", "占比"})});
  for (const OutcomeCount& row : report.outcomes)
    table.row(
        {both(words_of(row.state)), print_count(row.jobs),
         escaped(print_percent(static_cast<double>(row.jobs) / static_cast<double>(std::max<std::int64_t>(all, 1))))});
  table.row({both({"sum", "合计"}), print_count(all), "100.0 %"}, "sum");
  return section("outcomes", {"What became of the jobs", "作业结果"},
                 {"Jobs submitted in the window, followed to their ends.", "时间窗内提交的作业，跟踪至结束。"},
                 "<div class=\"narrow\">" + table.markup({"Outcomes", "结果"}) + "</div>\n");
}

std::string keep_alive_section(const RunReport& report) {
  const KeepAlive& overall = report.keep_alive.overall;
  if (overall.interruptions == 0 && overall.resource_ms.checkpoint == ResourceTime{0}) return {};
  Table table({both({"cards or cores", "卡或核"}), both({"jobs", "作业"}), both({"interruptions", "中断"}),
               both({"mean time to failure", "平均故障间隔"}), both({"effective", "有效"}),
               both({"lost work", "作废的计算"}), both({"detection", "发现"}), both({"restart", "重启"}),
               both({"checkpoints", "写检查点"}), both({"slowed", "变慢"}), both({"waiting for nodes", "等待节点"})});
  const auto row = [&](const std::string& sizes, const KeepAlive& k) {
    const KeepAliveTimes& t = k.resource_ms;
    const auto of = [&](ResourceTime time) { return escaped(print_percent(share(time, t.holding()))); };
    table.row({sizes, print_count(k.jobs), print_count(k.interruptions),
               k.interruptions == 0 ? "–" : print_duration(k.mean_time_to_failure), of(t.productive), of(t.lost_work),
               of(t.detection), of(t.restart), of(t.checkpoint), of(t.slowed), of(t.waiting)});
  };
  row(both({"all", "全部"}), overall);
  for (const KeepAlive& k : report.keep_alive.by_size)
    if (k.jobs > 0) row(escaped(print_sizes(k.size_min, k.size_max)), k);
  return section(
      "keep-alive", {"How jobs were kept alive", "作业保活"},
      {"Of the time in which jobs held their cards, from the first start to the last end: the share that was "
       "work, once, and where the rest went. Waiting for nodes after an interruption comes on top.",
       "作业从首次开始到最后结束、占用卡的时间中：有效计算（不计重做）的占比，以及其余时间的去向。"
       "中断后等待节点的时间另计。"},
      "<div class=\"wrap\">" + table.markup({"Effective training time", "有效训练时间"}) + "</div>\n");
}

std::string nodes_section(const RunReport& report) {
  if (report.nodes.empty()) return {};
  return section("nodes", {"Nodes", "节点"},
                 {"A cell is a node, a block its rack or switch. The shade is use, the striped part of the height is "
                  "time down, the digit is faults.",
                  "每格为一个节点，每块为一个机柜或交换机。深浅为使用率，条纹高度为故障停用时间，数字为故障次数。"},
                 node_map(report));
}

std::string incidents_section(const RunReport& report) {
  if (report.incident_totals.empty()) return {};
  return section(
      "incidents", {"Incidents", "事件"},
      {"Faults and other interruptions, when they came and what they cost.", "故障与其他中断：何时发生、损失多少。"},
      incident_line(report));
}

std::string gantt_section(const RunReport& report) {
  const std::string nodes = gantt_of_nodes(report);
  const std::string jobs = gantt_of_jobs(report);
  std::string out;
  if (!nodes.empty())
    out += section("gantt", {"A sample of nodes", "抽样节点"},
                   {"What nodes spread over the centre did for a while. A number in a bar is its job; without a bar "
                    "the node was idle.",
                    "均匀抽取的节点在一段时间内的占用。条上的数字为作业号；无条处为空闲。"},
                   nodes);
  if (!jobs.empty())
    out += section("largest", {"The largest jobs", "最大的作业"},
                   {"By resource-time: how long they waited, and when they ran.", "按资源时排序：等待多久、何时运行。"},
                   jobs);
  return out;
}

std::string calibration_section(const RunReport& report) {
  if (report.calibration.empty()) return {};
  return section("forecasts", {"Were the forecasts honest?", "预测是否可信？"},
                 {"A start forecast with a chance of 80 % should come in time in 80 of 100 cases: on the line.",
                  "以 80 % 概率预测的开始时间，100 次中应有 80 次按时：即落在线上。"},
                 calibration(report));
}

std::string laws_section(const RunReport& report) {
  Table table({both({"law", "定律"}), both({"times checked", "校验次数"})});
  for (const LawCheck& law : report.laws) {
    const std::string en = escaped(law.law);
    const std::string zh = escaped(law.law_zh.empty() ? law.law : law.law_zh);
    table.row({both({en, zh}), print_count(law.checks)});
  }
  return section("laws", {"What was checked", "已校验的定律"},
                 {"Each held every time; a law that breaks ends the run without a report.",
                  "每次均成立；若有违反，运行即终止且不产生报告。"},
                 "<div class=\"wrap\">" + table.markup({"Laws", "定律"}) + "</div>\n");
}

}  // namespace

std::string write_html(const RunReport& report) {
  const Header& header = report.header;
  std::string body = facts(header) + tiles(report);
  body += use_section(report);
  body += queue_section(report);
  body += waits_section(report);
  body += outcomes_section(report);
  body += keep_alive_section(report);
  body += nodes_section(report);
  body += incidents_section(report);
  body += gantt_section(report);
  body += calibration_section(report);
  body += laws_section(report);
  body += class_footer();
  const Words heading = header.simulated ? Words{"Report of a simulated run", "模拟运行报告"}
                                         : Words{"Report of a centre", "中心运行报告"};
  return page({.title = "Mingyue 明月 · " + header.centre + " · " + header.policy,
               .heading = heading,
               .simulated = header.simulated},
              body);
}

}  // namespace mingyue::report
