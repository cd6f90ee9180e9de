#include <fmt/format.h>
#include <sys/resource.h>

#include <ctime>
#include <functional>

#include "workload/fitted.hpp"
#include "workload/mix.hpp"
#include "workload/read.hpp"
#include "workload/summary.hpp"
#include "workload/write.hpp"

/// What streams of jobs cost: a year at 10,000 cards, read, made and written. CPU seconds, so that neighbours do not
/// count. `workload_bench [TRACE]`: superposes that trace, recorded on a cluster of cards; else a fitted one.
namespace {

using namespace mingyue;
using namespace mingyue::workload;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

/// Draws everything from a source, and prints what it cost. `act` sees every job.
void measure(const std::string& what, const std::string& target,
             const std::function<Expected<std::unique_ptr<Source>>()>& make,
             const std::function<void(const TraceJob&)>& act = {}) {
  const double begin = cpu_seconds();
  auto source = make();
  if (!source) {
    fmt::print("{}: {}\n", what, source.error().message);
    return;
  }
  const double made = cpu_seconds();
  Int128 time = 0;
  std::uint64_t jobs = 0;
  for (TraceJob job; (*source)->next(job); ++jobs) {
    time += size_of(job, (*source)->facts().unit) * job.run.raw();
    if (act) act(job);
  }
  const double end = cpu_seconds();
  const TraceFacts& facts = (*source)->facts();
  const auto load = Summary::load_of(time, facts.machine(), facts.window);
  fmt::print(
      "{:<40} {:>9} jobs {:>6.2f} s CPU ({:.2f} to begin) {:>6.2f} M jobs/s  load {:.4f}  peak {:.0f} MiB   target "
      "{}\n",
      what, jobs, end - begin, made - begin, static_cast<double>(jobs) / 1e6 / (end - made), load.value_or(0),
      peak_mib(), target);
}

Expected<std::unique_ptr<Source>> base_of(const std::string& path) {
  if (!path.empty()) return read_trace_file(path);
  return fitted({.cluster = Cluster::helios, .cards = 1'064, .load = Load(490'000), .window = days(130)});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "";
  auto source = base_of(path);
  if (!source) {
    fmt::print(stderr, "{}: {}\n", path, source.error().message);
    return 1;
  }
  const auto base = load(**source);
  if (!base) {
    fmt::print(stderr, "{}: line {}: {}\n", path, base.error().line, base.error().message);
    return 1;
  }
  fmt::print("base: {} jobs\n", base->jobs.size());
  const MixOptions year{.window = days(364)};
  measure("venus-mix, 364 days, 10,000 cards", "2 s for 4.3 M jobs", [&] { return venus_mix(*base, year); });
  measure("llm-mix, 364 days, 10,000 cards", "2 s for 4.3 M jobs", [&] { return llm_mix(*base, year); });
  measure("fitted to Helios, 364 days", "2 s for 4.3 M jobs",
          [] { return fitted({.cluster = Cluster::helios, .window = days(364)}); });
  measure("fitted to Seren, 364 days", "2 s for 4.3 M jobs",
          [] { return fitted({.cluster = Cluster::seren, .window = days(364)}); });

  std::string text;
  TraceWriter writer(into(text));
  measure(
      "venus-mix, 91 days, written", "1 M jobs/s", [&] { return venus_mix(*base, {}); },
      [&](const TraceJob& job) { (void)writer.put(job); });
  std::string whole;
  TraceWriter again(into(whole));
  (void)again.begin({.unit = Unit::cards, .cards = 10'000, .window = days(91)});
  (void)again.finish();
  (void)writer.finish();
  whole += text;
  measure("the same, read", "1 M jobs/s", [&] { return read_trace(bytes_of(whole)); });
  // Never finished, so it leaves no file behind.
  auto sink = create_file("/tmp/mingyue-workload-bench.csv.gz");
  if (!sink) return 1;
  TraceWriter zipped(std::move(*sink));
  measure(
      "venus-mix, 91 days, written as gzip", "0.5 M jobs/s", [&] { return venus_mix(*base, {}); },
      [&](const TraceJob& job) { (void)zipped.put(job); });
}
