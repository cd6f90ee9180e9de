#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <numeric>

#include "base/hash.hpp"
#include "report/write.hpp"
#include "twin/plain_centre.hpp"
#include "twin/trace_run.hpp"
#include "workload/mix.hpp"
#include "workload/read.hpp"

/// What the twin costs:
///
///   twin_bench TRACE NODES CORES CARDS POLICY
///   twin_bench venus|llm|giant TRACE DAYS LOAD POLICY [FAULTS [SEED [CARDS [BACKLOG]]]]
///
/// Of the second: TRACE `-` is the trace fitted to published figures; FAULTS are node faults per million node-days (0:
/// none); CARDS (10,000) stand eight in a node. BACKLOG jobs more of the same mix are there when the window begins, and
/// the run ends with the window and not with its last job: so the queue stands from the first hour to the last.
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

/// So many jobs at the very beginning, before those of the window.
class WithBacklog final : public workload::Source {
 public:
  WithBacklog(std::unique_ptr<workload::Source> backlog, std::int64_t jobs, std::unique_ptr<workload::Source> window)
      : backlog_(std::move(backlog)), left_(jobs), window_(std::move(window)) {}
  [[nodiscard]] const workload::TraceFacts& facts() const override { return window_->facts(); }
  [[nodiscard]] bool next(workload::TraceJob& job) override {
    if (left_-- > 0 && backlog_->next(job)) {
      job.submit = Duration{0};
      return true;
    }
    return window_->next(job);
  }
  [[nodiscard]] Expected<void> status() const override { return window_->status(); }
  [[nodiscard]] double progress() const override { return window_->progress(); }

 private:
  std::unique_ptr<workload::Source> backlog_;
  std::int64_t left_;
  std::unique_ptr<workload::Source> window_;
};

Expected<std::unique_ptr<workload::Source>> make_mix(const std::string& name, const std::string& trace,
                                                     const workload::MixOptions& mix) {
  std::optional<workload::Trace> recorded;
  if (trace != "-") {
    TRY(opened, workload::read_trace_file(trace));
    TRY(loaded, workload::load(*opened));
    recorded = std::move(loaded);
  }
  return name == "venus" ? workload::venus_mix(std::move(recorded), mix) : workload::llm_mix(std::move(recorded), mix);
}

void print_queue(const report::RunReport& report) {
  if (!report.series.queue) return;
  const auto& bins = report.series.queue->job_ms;
  const std::int64_t bin = report.series.bin.raw();
  const std::int64_t whole = (report.header.to - report.header.from).raw();
  // The last bin may be shorter: it says little of the queue.
  const auto [least, most] = std::ranges::minmax_element(bins.begin(), bins.size() > 1 ? bins.end() - 1 : bins.end());
  fmt::print("    queue: mean {} jobs, {} to {} in bins of {}\n", std::reduce(bins.begin(), bins.end()) / whole,
             *least / bin, *most / bin, print_duration(report.series.bin));
}

/// Names the whole report: what makes the twin faster must not change it.
std::string report_hash(const report::RunReport& report) {
  return print_hex(hash_of(report::write_json(report))).substr(0, 16);
}

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::string first = argv[1];
  const auto policy = sched::parse_backfill(argv[5]);
  if (!policy) return 2;
  twin::TraceRunOptions options{.policy = *policy, .trace_name = first};
  std::unique_ptr<workload::Source> source;
  if (first == "venus" || first == "llm" || first == "giant") {
    const auto number = [&](int i, std::int64_t otherwise) { return argc > i ? std::stoll(argv[i]) : otherwise; };
    workload::MixOptions mix{.cards = static_cast<std::int32_t>(number(8, 10'000)),
                             .load = workload::Load{static_cast<std::int64_t>(std::stod(argv[4]) * 1e6)},
                             .window = days(std::stoi(argv[3])),
                             .seed = static_cast<std::uint64_t>(number(7, 1))};
    if (first == "giant") workload::use_giants(mix);
    auto made = make_mix(first, argv[2], mix);
    if (!made) return fmt::print("{}\n", made.error().message), 1;
    source = std::make_unique<AllSucceed>(std::move(*made));
    options.centre = twin::plain_centre(mix.cards / 8, 64, 8, 32);
    options.until = mix.window;
    options.seed = mix.seed;
    if (const std::int64_t faults = number(6, 0); faults > 0) options.faults = twin::plain_faults(faults);
    if (const std::int64_t backlog = number(9, 0); backlog > 0) {
      mix.seed += 1'000'000;
      auto before = make_mix(first, argv[2], mix);
      if (!before) return fmt::print("{}\n", before.error().message), 1;
      source =
          std::make_unique<WithBacklog>(std::make_unique<AllSucceed>(std::move(*before)), backlog, std::move(source));
      options.drain = false;
    }
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
      "{} {}: {} jobs ({} refused) in {:.1f} days, offered {:.3f}, used {:.4f}, goodput {:.4f}, idle with a queue "
      "{:.4f}, wait mean "
      "{:.0f} s p95 {:.0f} s, "
      "bounded slowdown {:.1f}, {} waiting at most; {} events, {} plans; {:.2f} CPU s, {} MB\n",
      first, argv[5], run->jobs, run->refused,
      static_cast<double>((run->report.header.to - run->report.header.from).raw()) / static_cast<double>(days(1).raw()),
      run->report.header.offered_load.value_or(0), whole.use, whole.goodput, whole.idle_wanted,
      static_cast<double>(overall.wait.mean.raw()) / 1000, static_cast<double>(overall.wait.p95.raw()) / 1000,
      overall.bounded_slowdown.mean, run->waiting_most, run->events, run->steps, cpu, usage.ru_maxrss / 1024);
  const auto& times = whole.resource_ms;
  const auto percent = [&](ResourceTime time) { return 100 * report::share(time, whole.capacity_resource_ms); };
  fmt::print(
      "    of capacity: productive {:.2f} %, checkpoint {:.2f}, start {:.2f}, lost {:.2f}, promised {:.2f}, stranded "
      "{:.2f}, unwanted {:.2f}, down {:.2f}, drained {:.2f}\n",
      percent(times.productive), percent(times.checkpoint), percent(times.start), percent(times.lost),
      percent(times.promised), percent(times.stranded), percent(times.unwanted), percent(times.down),
      percent(times.drained));
  std::int64_t ended = 0;
  for (const auto& outcome : run->report.outcomes)
    if (outcome.state != model::JobState::queued && outcome.state != model::JobState::running) ended += outcome.jobs;
  fmt::print("    {} jobs ended, {:.0f} a CPU second\n", ended, static_cast<double>(ended) / cpu);
  print_queue(run->report);
  fmt::print("    report: {}\n", report_hash(run->report));
  for (const report::SizeWaits& row : run->report.waits.by_size) {
    if (row.jobs_started == 0) continue;
    fmt::print("    sizes {}-{}: {} jobs, wait mean {}, p95 {}, longest {}\n", row.size_min, row.size_max,
               row.jobs_started, print_duration(row.wait.mean), print_duration(row.wait.p95),
               print_duration(row.wait.longest));
  }
}
