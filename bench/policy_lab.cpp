#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <queue>
#include <string>
#include <vector>

#include "sched/line_planner.hpp"

/// The planner alone on a Standard Workload Format trace from standard input: `zcat T.swf.gz | policy_lab NODES
/// POLICY`. Every processor is a node. The twin runs the whole centre; this shows what the planner itself makes of a
/// trace.
namespace {
using namespace mingyue;
using sched::Room;

struct One {
  std::int64_t submit, run, request;
  std::int32_t processors;
};

double cpu() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int machine = std::stoi(argv[1]);
  const auto policy = sched::parse_backfill(argv[2]);
  if (!policy) return 2;
  const double alpha = argc > 3 ? std::stod(argv[3]) : 0;  // key = submit + min(alpha * request * processors^beta, cap)
  const double beta = argc > 4 ? std::stod(argv[4]) : 0;
  const double cap = argc > 5 ? std::stod(argv[5]) : 1e12;
  std::vector<One> jobs;
  char line[4096];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    if (line[0] == ';') continue;
    double f[18] = {};
    int n = 0;
    for (char* p = line; n < 18; ++n) {
      char* end = nullptr;
      f[n] = std::strtod(p, &end);
      if (end == p) break;
      p = end;
    }
    if (n < 9) continue;
    One job{static_cast<std::int64_t>(f[1]), static_cast<std::int64_t>(f[3]), static_cast<std::int64_t>(f[8]),
            static_cast<std::int32_t>(f[7] > 0 ? f[7] : f[4])};
    if (job.run <= 0 || job.processors <= 0 || job.processors > machine) continue;
    if (job.request <= 0) job.request = job.run;
    job.run = std::min(job.run, job.request);
    jobs.push_back(job);
  }
  std::ranges::stable_sort(jobs, {}, &One::submit);
  const double begin = cpu();
  const Room total{CoreCount{1}, Bytes{0}, CardCount{0}};
  sched::LinePlanner planner(std::vector<sched::LineNode>(static_cast<std::size_t>(machine), {total, 0, 0}), *policy,
                             Instant{0});
  using End = std::pair<std::int64_t, std::uint64_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  std::vector<std::int64_t> start(jobs.size(), -1);
  std::size_t next = 0;
  std::size_t steps = 0;
  while (next < jobs.size() || !ends.empty()) {
    const std::int64_t t =
        std::min(next < jobs.size() ? jobs[next].submit : INT64_MAX, ends.empty() ? INT64_MAX : ends.top().first);
    while (!ends.empty() && ends.top().first == t) {
      planner.end(ends.top().second, Instant{t * 1000});
      ends.pop();
    }
    for (; next < jobs.size() && jobs[next].submit == t; ++next) {
      const double pull = alpha * static_cast<double>(jobs[next].request) * std::pow(jobs[next].processors, beta);
      std::int64_t key = t + static_cast<std::int64_t>(std::min(pull, cap));
      if (*policy == sched::Backfill::aged)
        key = sched::key_of(*policy, Instant{t * 1000}, Duration{jobs[next].request * 1000}, jobs[next].processors,
                            planner.pressure());
      planner.arrive(next, key, *sched::demand_of(0, total, jobs[next].processors, total),
                     Duration{jobs[next].request * 1000});
    }
    ++steps;
    for (const auto& one : planner.step(Instant{t * 1000})) {
      start[one.job] = t;
      ends.emplace(t + jobs[one.job].run, one.job);
    }
  }
  double wait = 0, bsld = 0, area = 0;
  std::int64_t last = 0;
  std::vector<double> waits;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto w = static_cast<double>(start[i] - jobs[i].submit);
    const auto r = static_cast<double>(jobs[i].run);
    wait += w;
    waits.push_back(w);
    bsld += std::max(1.0, (w + r) / std::max(10.0, r));
    area += r * jobs[i].processors;
    last = std::max(last, start[i] + jobs[i].run);
  }
  const auto n = static_cast<double>(jobs.size());
  std::ranges::sort(waits);
  fmt::print(
      "{} jobs, {} steps, {}: mean wait {:.0f} s, mean bounded slowdown {:.1f}, p99 wait {:.0f}, longest {:.0f}, use "
      "{:.3f}, {:.2f} CPU s\n",
      jobs.size(), steps, sched::print_backfill(*policy), wait / n, bsld / n, waits[static_cast<std::size_t>(0.99 * n)],
      waits.back(), area / (static_cast<double>(last - jobs.front().submit) * machine), cpu() - begin);
}
