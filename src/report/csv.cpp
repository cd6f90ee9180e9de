#include "report/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>

#include "base/text.hpp"
#include "report/write.hpp"

namespace mingyue::report {

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}
namespace {

std::string cell(std::string_view text) { return csv_cell(text); }
std::string cell(const std::string& text) { return cell(std::string_view(text)); }
std::string cell(std::integral auto number) { return std::to_string(number); }
/// The shortest text that reads back as the same number.
std::string cell(double number) { return fmt::format("{}", number); }
std::string cell(Duration d) { return std::to_string(d.raw()); }
std::string cell(ResourceTime t) { return std::to_string(t.raw()); }
std::string cell(Instant t) { return print_instant(t); }
std::string cell(const std::optional<Instant>& t) { return t ? print_instant(*t) : std::string(); }

template <class... Cells>
void line(std::string& out, const Cells&... cells) {
  std::string text;
  ((text += cell(cells) + ","), ...);
  text.back() = '\n';
  out += text;
}

std::string_view resource(const Pool& pool) {
  return pool.card_type.empty() ? std::string_view("cores") : std::string_view(pool.card_type);
}

std::string totals(const RunReport& report) {
  std::string out =
      "partition,resource,count,capacity_resource_ms,productive_resource_ms,checkpoint_resource_ms,start_resource_ms,"
      "lost_resource_ms,promised_resource_ms,stranded_resource_ms,unwanted_resource_ms,down_resource_ms,"
      "drained_resource_ms,use,goodput,idle_wanted\n";
  for (const PoolTotals& row : report.totals) {
    const ClassTimes& t = row.resource_ms;
    line(out, row.pool.partition, resource(row.pool), row.count, row.capacity_resource_ms, t.productive, t.checkpoint,
         t.start, t.lost, t.promised, t.stranded, t.unwanted, t.down, t.drained, row.use, row.goodput, row.idle_wanted);
  }
  return out;
}

struct Bin {
  Instant from;
  Instant to;
};

Bin bin_of(const RunReport& report, std::size_t i) {
  const Instant from = report.header.from + report.series.bin * i;
  return {from, std::min(from + report.series.bin, report.header.to)};
}

std::string series(const RunReport& report) {
  std::string out =
      "partition,resource,from,to,productive_resource_ms,checkpoint_resource_ms,start_resource_ms,lost_resource_ms,"
      "promised_resource_ms,stranded_resource_ms,unwanted_resource_ms,down_resource_ms,drained_resource_ms\n";
  for (const PoolSeries& p : report.series.pools)
    for (std::size_t i = 0; i < p.productive.size(); ++i) {
      const auto [from, to] = bin_of(report, i);
      line(out, p.pool.partition, resource(p.pool), from, to, p.productive[i], p.checkpoint[i], p.start[i], p.lost[i],
           p.promised[i], p.stranded[i], p.unwanted[i], p.down[i], p.drained[i]);
    }
  return out;
}

std::string queue(const RunReport& report) {
  std::string out = "from,to,job_ms,size_ms\n";
  if (!report.series.queue) return out;
  const QueueSeries& q = *report.series.queue;
  for (std::size_t i = 0; i < q.job_ms.size(); ++i) {
    const auto [from, to] = bin_of(report, i);
    line(out, from, to, q.job_ms[i], q.size_ms[i]);
  }
  return out;
}

std::string waits(const RunReport& report) {
  std::string out =
      "sizes,size_min,size_max,jobs_started,wait_mean_ms,wait_p25_ms,wait_median_ms,wait_p75_ms,wait_p95_ms,"
      "wait_p99_ms,wait_longest_ms,jobs_ended,slowdown_mean,slowdown_p25,slowdown_median,slowdown_p75,slowdown_p95,"
      "slowdown_p99,slowdown_largest\n";
  const auto row = [&](std::string_view sizes, const SizeWaits& w) {
    const Slowdowns& s = w.bounded_slowdown;
    line(out, sizes, w.size_min, w.size_max, w.jobs_started, w.wait.mean, w.wait.p25, w.wait.median, w.wait.p75,
         w.wait.p95, w.wait.p99, w.wait.longest, w.jobs_ended, s.mean, s.p25, s.median, s.p75, s.p95, s.p99, s.largest);
  };
  row("all", report.waits.overall);
  for (const SizeWaits& w : report.waits.by_size)
    row(w.size_max == 0 ? fmt::format("over-{}", w.size_min - 1) : fmt::format("{}-{}", w.size_min, w.size_max), w);
  return out;
}

std::string keep_alive(const RunReport& report) {
  std::string out =
      "sizes,size_min,size_max,jobs,interruptions,running_ms,mean_time_to_failure_ms,productive_resource_ms,"
      "slowed_resource_ms,lost_work_resource_ms,detection_resource_ms,restart_resource_ms,checkpoint_resource_ms,"
      "waiting_resource_ms,effective,effective_with_waiting\n";
  const auto row = [&](std::string_view sizes, const KeepAlive& k) {
    const KeepAliveTimes& t = k.resource_ms;
    line(out, sizes, k.size_min, k.size_max, k.jobs, k.interruptions, k.running, k.mean_time_to_failure, t.productive,
         t.slowed, t.lost_work, t.detection, t.restart, t.checkpoint, t.waiting, k.effective, k.effective_with_waiting);
  };
  row("all", report.keep_alive.overall);
  for (const KeepAlive& k : report.keep_alive.by_size)
    row(k.size_max == 0 ? fmt::format("over-{}", k.size_min - 1) : fmt::format("{}-{}", k.size_min, k.size_max), k);
  return out;
}

std::string outcomes(const RunReport& report) {
  std::string out = "state,jobs\n";
  for (const OutcomeCount& row : report.outcomes) line(out, enum_word(row.state), row.jobs);
  return out;
}

std::string incidents(const RunReport& report) {
  std::string out = "at,node,kind,until,jobs,lost_resource_ms,restart_ms\n";
  for (const Incident& row : report.incidents)
    line(out, row.at, row.node, row.kind, row.until, row.jobs, row.lost_resource_ms, row.restart);
  return out;
}

std::string nodes(const RunReport& report) {
  std::string out =
      "node,partition,group,count,used_resource_ms,down_resource_ms,drained_resource_ms,use,down,faults\n";
  for (const NodeUse& row : report.nodes)
    line(out, row.node, row.partition, row.group, row.count, row.used_resource_ms, row.down_resource_ms,
         row.drained_resource_ms, row.use, row.down, row.faults);
  return out;
}

std::string gantt(const RunReport& report) {
  std::string out = "node,job,kind,size,from,to\n";
  for (const GanttBar& row : report.gantt.bars)
    line(out, row.node, row.job.raw(), enum_word(row.kind), row.size, row.from, row.to);
  return out;
}

std::string largest(const RunReport& report) {
  std::string out = "job,size,submitted_at,started_at,ended_at,state\n";
  for (const LargeJob& row : report.gantt.largest)
    line(out, row.job.raw(), row.size, row.submitted_at, row.started_at, row.ended_at, enum_word(row.state));
  return out;
}

}  // namespace

std::vector<TextFile> write_csv(const RunReport& report) {
  return {{"totals.csv", totals(report)},         {"series.csv", series(report)},
          {"queue.csv", queue(report)},           {"waits.csv", waits(report)},
          {"keep_alive.csv", keep_alive(report)}, {"outcomes.csv", outcomes(report)},
          {"incidents.csv", incidents(report)},   {"nodes.csv", nodes(report)},
          {"gantt.csv", gantt(report)},           {"largest.csv", largest(report)}};
}

}  // namespace mingyue::report
