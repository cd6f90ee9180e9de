#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <ctime>

#include "report/write.hpp"
#include "twin/plain_centre.hpp"
#include "twin/trace_run.hpp"
#include "workload/mix.hpp"
#include "workload/read.hpp"

/// What the twin costs: `twin_bench TRACE NODES CORES CARDS POLICY`, or `twin_bench venus|llm|giant TRACE DAYS LOAD
/// POLICY [FAULTS [SEED]]`, faults per million node-days.
using namespace mingyue;

/// Every job ends in success: then what is lost is what faults cost. (A trace says, or its generator draws, that some
/// programs fail by themselves; their time is lost too.)
class AllSucceed final : public workload::Source {
 public:
  explicit AllSucceed(std::unique_ptr<workload::Source> from) : from_(std::move(from)) {}
  [[nodiscard]] const workload::TraceFacts& facts() const override { return from_->facts(); }
  [[nodiscard]] bool next(workload::TraceJob& job) override {
    const bool more = from_->next(job);
    job.end = workload::End::succeeded;
    return more;
  }
  [[nodiscard]] Expected<void> status() const override { return from_->status(); }
  [[nodiscard]] double progress() const override { return from_->progress(); }

 private:
  std::unique_ptr<workload::Source> from_;
};

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::string first = argv[1];
  const auto policy = sched::parse_backfill(argv[5]);
  if (!policy) return 2;
  twin::TraceRunOptions options{.policy = *policy, .trace_name = first};
  std::unique_ptr<workload::Source> source;
  if (first == "venus" || first == "llm" || first == "giant") {
    std::optional<workload::Trace> recorded;
    if (std::string(argv[2]) != "-") {
      auto opened = workload::read_trace_file(argv[2]);
      if (!opened) return fmt::print("{}\n", opened.error().message), 1;
      auto loaded = workload::load(**opened);
      if (!loaded) return fmt::print("{}\n", loaded.error().message), 1;
      recorded = std::move(*loaded);
    }
    workload::MixOptions mix{.cards = 10'000,
                             .load = workload::Load{static_cast<std::int64_t>(std::stod(argv[4]) * 1e6)},
                             .window = days(std::stoi(argv[3]))};
    if (argc > 7) options.seed = mix.seed = std::stoull(argv[7]);
    if (first == "giant") workload::use_giants(mix);
    auto made =
        first == "venus" ? workload::venus_mix(std::move(recorded), mix) : workload::llm_mix(std::move(recorded), mix);
    if (!made) return fmt::print("{}\n", made.error().message), 1;
    source = std::make_unique<AllSucceed>(std::move(*made));
    options.centre = twin::plain_centre(1'250, 64, 8, 32);
    options.until = mix.window;
    if (argc > 6 && std::stoll(argv[6]) > 0) options.faults = twin::plain_faults(std::stoll(argv[6]));
  } else {
    const int nodes = std::stoi(argv[2]);
    const int cores = std::stoi(argv[3]);
    const int cards = std::stoi(argv[4]);
    auto opened = workload::read_trace_file(first, {.machine = nodes * (cards > 0 ? cards : cores)});
    if (!opened) return fmt::print("{}\n", opened.error().message), 1;
    source = std::move(*opened);
    options.centre = twin::plain_centre(nodes, cores, cards, 32);
  }
  const auto begin = std::clock();
  auto run = twin::run_trace(*source, options);
  if (!run) return fmt::print("{}\n", run.error().message), 1;
  const double cpu = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto& overall = run->report.waits.overall;
  const auto whole = report::whole_centre(run->report);
  fmt::print(
      "{} {}: {} jobs ({} refused), offered {:.3f}, used {:.4f}, goodput {:.4f}, idle with a queue {:.4f}, wait mean "
      "{:.0f} s p95 {:.0f} s, "
      "bounded slowdown {:.1f}, {} waiting at most; {} events, {} plans; {:.2f} CPU s, {} MB\n",
      first, argv[5], run->jobs, run->refused, run->report.header.offered_load.value_or(0), whole.use, whole.goodput,
      whole.idle_wanted, static_cast<double>(overall.wait.mean.raw()) / 1000,
      static_cast<double>(overall.wait.p95.raw()) / 1000, overall.bounded_slowdown.mean, run->waiting_most, run->events,
      run->steps, cpu, usage.ru_maxrss / 1024);
  const auto& times = whole.resource_ms;
  const auto percent = [&](ResourceTime time) { return 100 * report::share(time, whole.capacity_resource_ms); };
  fmt::print(
      "    of capacity: start {:.2f} %, lost {:.2f}, promised {:.2f}, stranded {:.2f}, unwanted {:.2f}, down {:.2f}\n",
      percent(times.start), percent(times.lost), percent(times.promised), percent(times.stranded),
      percent(times.unwanted), percent(times.down));
  for (const report::SizeWaits& row : run->report.waits.by_size) {
    if (row.jobs_started == 0) continue;
    fmt::print("    sizes {}-{}: {} jobs, wait mean {}, p95 {}, longest {}\n", row.size_min, row.size_max,
               row.jobs_started, print_duration(row.wait.mean), print_duration(row.wait.p95),
               print_duration(row.wait.longest));
  }
}
