#include "report/metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "report/numbers.hpp"

namespace mingyue::report {
namespace {

std::string as_wait(double ms) { return print_duration(Duration(std::llround(ms))); }
std::string as_count(double number) { return print_count(std::llround(number)); }
double ms(Duration d) { return static_cast<double>(d.raw()); }

double lost_share(const RunReport& r) {
  const PoolTotals whole = whole_centre(r);
  return share(whole.resource_ms.lost, whole.capacity_resource_ms);
}
double down_share(const RunReport& r) {
  const PoolTotals whole = whole_centre(r);
  return share(whole.resource_ms.down + whole.resource_ms.drained, whole.capacity_resource_ms);
}
double jobs_in(const RunReport& r, bool ended) {
  std::int64_t jobs = 0;
  for (const OutcomeCount& row : r.outcomes)
    if (model::ended(row.state) == ended) jobs += row.jobs;
  return static_cast<double>(jobs);
}
double interruptions(const RunReport& r) { return static_cast<double>(r.keep_alive.overall.interruptions); }
double incidents(const RunReport& r) {
  std::int64_t sum = 0;
  for (const IncidentTotals& kind : r.incident_totals) sum += kind.incidents;
  return static_cast<double>(sum);
}

/// A run that told of no job's life has none.
std::string as_ratio(double share) { return share == 0 ? "-" : print_percent(share); }

using R = const RunReport&;
const std::array all_metrics{
    Metric{"use", {"use", "使用率"}, Better::higher, [](R r) { return whole_centre(r).use; }, print_percent},
    Metric{
        "goodput", {"goodput", "有效率"}, Better::higher, [](R r) { return whole_centre(r).goodput; }, print_percent},
    Metric{"idle_wanted",
           {"idle while work waits", "有作业等待时的空闲"},
           Better::lower,
           [](R r) { return whole_centre(r).idle_wanted; },
           print_percent},
    Metric{"lost", {"lost", "损失"}, Better::lower, lost_share, print_percent},
    Metric{"unavailable", {"unavailable", "停用"}, Better::neither, down_share, print_percent},
    Metric{"wait_mean_ms",
           {"mean wait", "平均等待"},
           Better::lower,
           [](R r) { return ms(r.waits.overall.wait.mean); },
           as_wait},
    Metric{"wait_median_ms",
           {"median wait", "等待中位数"},
           Better::lower,
           [](R r) { return ms(r.waits.overall.wait.median); },
           as_wait},
    Metric{"wait_p95_ms",
           {"p95 wait", "P95 等待"},
           Better::lower,
           [](R r) { return ms(r.waits.overall.wait.p95); },
           as_wait},
    Metric{"wait_p99_ms",
           {"p99 wait", "P99 等待"},
           Better::lower,
           [](R r) { return ms(r.waits.overall.wait.p99); },
           as_wait},
    Metric{"wait_longest_ms",
           {"longest wait", "最长等待"},
           Better::lower,
           [](R r) { return ms(r.waits.overall.wait.longest); },
           as_wait},
    Metric{"slowdown_mean",
           {"mean bounded slowdown", "平均有界减速比"},
           Better::lower,
           [](R r) { return r.waits.overall.bounded_slowdown.mean; },
           print_number},
    Metric{"slowdown_p95",
           {"p95 bounded slowdown", "P95 有界减速比"},
           Better::lower,
           [](R r) { return r.waits.overall.bounded_slowdown.p95; },
           print_number},
    Metric{"jobs_ended", {"jobs ended", "已结束作业"}, Better::neither, [](R r) { return jobs_in(r, true); }, as_count},
    Metric{"jobs_left",
           {"jobs left at the end", "期末未结束作业"},
           Better::neither,
           [](R r) { return jobs_in(r, false); },
           as_count},
    Metric{"incidents", {"incidents", "事件"}, Better::neither, incidents, as_count},
    Metric{"interruptions", {"jobs interrupted", "作业中断次数"}, Better::neither, interruptions, as_count},
    Metric{"effective",
           {"effective training time", "有效训练时间率"},
           Better::higher,
           [](R r) { return r.keep_alive.overall.effective; },
           as_ratio},
};

}  // namespace

std::span<const Metric> metrics() { return all_metrics; }

std::vector<std::string> names_of(std::span<const RunReport> reports) {
  const auto distinct = [&](auto name) {
    std::set<std::string> names;
    for (const RunReport& report : reports) names.insert(name(report.header));
    return names.size() == reports.size();
  };
  const auto policy = [](const Header& h) { return h.policy; };
  const auto with_centre = [](const Header& h) { return h.policy + ", " + h.centre; };
  const auto with_seed = [](const Header& h) { return h.policy + ", seed " + std::to_string(h.seed); };
  const auto with_trace = [](const Header& h) { return h.policy + ", " + h.trace; };
  std::vector<std::string> names;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const Header& header = reports[i].header;
    names.push_back(distinct(policy)        ? policy(header)
                    : distinct(with_centre) ? with_centre(header)
                    : distinct(with_seed)   ? with_seed(header)
                    : distinct(with_trace)  ? with_trace(header)
                                            : "#" + std::to_string(i + 1) + " " + policy(header));
  }
  return names;
}

std::vector<Words> differences(std::span<const RunReport> reports) {
  std::vector<Words> all;
  const auto compare = [&](const Words& what, auto value) {
    for (const RunReport& report : reports)
      if (value(report.header) != value(reports.front().header)) return all.push_back(what);
  };
  compare({"centre", "中心"}, [](const Header& h) { return h.centre; });
  compare({"trace", "轨迹"}, [](const Header& h) { return h.trace; });
  compare({"faults", "故障"}, [](const Header& h) { return h.faults; });
  compare({"checkpoints", "检查点"}, [](const Header& h) { return h.checkpoint; });
  compare({"seed", "种子"}, [](const Header& h) { return h.seed; });
  compare({"window", "时间窗"}, [](const Header& h) { return std::pair(h.from, h.to); });
  compare({"offered load", "提交负载"}, [](const Header& h) { return h.offered_load; });
  compare({"version", "版本"}, [](const Header& h) { return h.version; });
  return all;
}

std::vector<std::size_t> best_of(const Metric& metric, std::span<const RunReport> reports) {
  std::vector<std::size_t> places;
  if (metric.better == Better::neither || reports.size() < 2) return places;
  const double sign = metric.better == Better::higher ? 1 : -1;
  double best = metric.value(reports.front());
  for (const RunReport& report : reports)
    if (sign * metric.value(report) > sign * best) best = metric.value(report);
  // What reads the same is as good: nobody should act on a difference that cannot be seen.
  for (std::size_t i = 0; i < reports.size(); ++i)
    if (metric.print(metric.value(reports[i])) == metric.print(best)) places.push_back(i);
  if (places.size() == reports.size()) places.clear();
  return places;
}

}  // namespace mingyue::report
