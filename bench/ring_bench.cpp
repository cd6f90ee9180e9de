#include <fmt/format.h>
#include <malloc.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <semaphore>
#include <thread>

#include "host/clock.hpp"
#include "host/sqlite_log_store.hpp"
#include "ports/memory_log_store.hpp"
#include "runtime/centre.hpp"

/// The ring's rates: submissions made durable, starts through decide and apply, replay, memory of a waiting job.
/// `ring_bench [FOLDER]`: the log of the durable part is made below FOLDER (default: the temporary folder).
namespace {

using namespace mingyue;
using Steady = std::chrono::steady_clock;

const core::Actor root{"root", model::Role::operator_};

double seconds_since(Steady::time_point t) { return std::chrono::duration<double>(Steady::now() - t).count(); }

void print(const std::string& what, const std::string& figure, const std::string& target) {
  fmt::print("{:<62} {:>16}   target {}\n", what, figure, target);
}

model::Centre a_centre(int nodes) {
  model::Centre centre{.name = "bench"};
  centre.partitions = {{"main", hours(24)}};
  centre.classes = {{"normal", 100, false}};
  centre.projects = {{.name = "demo"}};
  centre.users = {{"ann", model::Role::member, {"demo"}}};
  centre.prices = {{"", Credits{1'000'000}}};
  for (int i = 0; i < nodes; ++i) {
    centre.nodes.push_back({.name = fmt::format("n{}", i),
                            .partition = "main",
                            .cores = CoreCount{64},
                            .memory = Bytes{256LL << 30},
                            .is_virtual = true});
  }
  return centre;
}

model::JobSpec a_job(int i) {
  model::JobSpec job{.name = fmt::format("job-{}", i),
                     .user = "ann",
                     .project = "demo",
                     .partition = "main",
                     .priority_class = "normal",
                     .wall = hours(1)};
  job.parts = {{.name = "main",
                .need = {.cores = CoreCount{1}, .memory = Bytes{256 << 20}},
                .command = {"./simulate", "--case", std::to_string(i)}}};
  return job;
}

void starts_and_replay() {
  constexpr int nodes = 1'000, jobs = 60'000;
  runtime::Kernel kernel;
  Instant now{1'790'000'000'000};
  (void)kernel.execute(core::ConfigureCentre{a_centre(nodes), {}}, now);
  std::vector<ports::Record> log;
  const auto keep = [&] {
    auto pending = kernel.take_pending();
    std::ranges::move(pending.batch.records, std::back_inserter(log));
  };
  keep();
  const auto before = mallinfo2().uordblks;
  for (int i = 0; i < jobs; ++i) {
    (void)kernel.execute(core::SubmitJob{root, a_job(i), "", {}}, now);
    if (i % 1'000 == 999) (void)kernel.take_pending().batch;
  }
  malloc_trim(0);
  print(fmt::format("memory of a waiting job, of {}", jobs),
        fmt::format("{} bytes", (mallinfo2().uordblks - before) / jobs), "under 1024 bytes");

  const auto begin = Steady::now();
  for (int first = 0; first < jobs; first += 1'000) {
    core::AdoptPlan plan;
    for (int i = first; i < first + 1'000; ++i)
      plan.starts.push_back({model::JobId{1 + static_cast<std::uint64_t>(i)},
                             {model::NodeId{static_cast<std::uint32_t>(i % nodes)}},
                             false});
    now = now + milliseconds(1);
    (void)kernel.execute(plan, now);
    (void)kernel.take_pending();
  }
  const double took = seconds_since(begin);
  print(fmt::format("starts through decide and apply, ledger and rows folded, {} nodes", nodes),
        fmt::format("{:.0f} /s", static_cast<double>(kernel.state().attempts.size()) / took), "over 10,600 /s");
}

void replay() {
  constexpr int jobs = 120'000;
  runtime::Kernel kernel;
  Instant now{1'790'000'000'000};
  ports::MemoryLogStore store({.records = ports::KeepRecords::all, .rows = ports::KeepRows::none});
  const auto run = [&](const core::Command& command) {
    (void)kernel.execute(command, now);
    auto pending = kernel.take_pending();
    pending.batch.rows.clear();
    if (!pending.batch.records.empty()) store.append(std::move(pending.batch), [] {});
  };
  run(core::ConfigureCentre{a_centre(100), {}});
  for (int i = 0; i < jobs; ++i) {
    const model::AttemptId attempt{model::JobId{1 + static_cast<std::uint64_t>(i)}, 1};
    run(core::SubmitJob{root, a_job(i), "", {}});
    run(core::AdoptPlan{{{attempt.job, {model::NodeId{static_cast<std::uint32_t>(i % 100)}}, false}}, {}, {}});
    run(core::ReportLaunched{attempt});
    now = now + milliseconds(5);
    run(core::ReportEnded{attempt, {}});
  }
  store.reopen();
  runtime::Kernel again;
  const auto begin = Steady::now();
  const auto recovered = again.recover(store);
  const double took = seconds_since(begin);
  if (!recovered) {
    fmt::print("replay: not measured: {}\n", recovered.error().message);
    return;
  }
  const auto n = static_cast<double>(recovered->records);
  print(fmt::format("replay of {:.0f} events from memory: chain, decode, apply, ledger", n),
        fmt::format("{:.2f} s a million", took / n * 1e6), "under 5 s a million, from the disk");
}

/// An engine that does nothing: only submissions are measured.
class NoEngine final : public ports::Engine {
 public:
  void launch(const model::LaunchOrder&) override {}
  void signal(model::AttemptId, int) override {}
  void end(model::AttemptId, Duration) override {}
  void forget(model::AttemptId) override {}
  void reconcile(const std::vector<model::AttemptId>&) override {}
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node&) const override { return {}; }
};

void durable_submissions(const std::string& folder) {
  auto store = host::SqliteLogStore::open(folder);
  if (!store) {
    fmt::print("durable submissions: not measured: {}\n", store.error().message);
    return;
  }
  const host::SystemClock clock;
  NoEngine engine;
  runtime::Centre centre(**store, clock);
  (void)centre.recover();
  centre.start(engine);
  (void)centre.submit_and_wait(core::ConfigureCentre{a_centre(1), {}});
  const auto held = [](int i) {
    model::JobSpec job = a_job(i);
    job.hold = true;  // nothing is to start or to be planned
    return job;
  };
  std::vector<double> calm;
  for (int i = 0; i < 300; ++i) {
    const auto begin = Steady::now();
    (void)centre.submit_and_wait(core::SubmitJob{root, held(i), "", {}});
    calm.push_back(seconds_since(begin) * 1e3);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::ranges::sort(calm);
  print("one durable submission, calm: median, 99 in 100", fmt::format("{:.2f}, {:.2f} ms", calm[150], calm[297]),
        "median under 5 ms");

  constexpr int jobs = 30'000;
  std::counting_semaphore<2'000> room(2'000);
  std::atomic<int> done = 0;
  const auto begin = Steady::now();
  for (int i = 0; i < jobs; ++i) {
    room.acquire();
    centre.submit(core::SubmitJob{root, held(i), "", {}}, [&](const runtime::Answer& answer) {
      if (answer) ++done;
      room.release();
    });
  }
  while (done < jobs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  print("acknowledged durable submissions, 2,000 in flight, below HTTP",
        fmt::format("{:.0f} /s", jobs / seconds_since(begin)), "over 5,000 /s");
  centre.stop();
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  folder += "/ring-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "no folder can be made below {}\n", folder);
    return 1;
  }
  starts_and_replay();
  replay();
  durable_submissions(folder + "/data");
  std::filesystem::remove_all(folder);
  return 0;
}
