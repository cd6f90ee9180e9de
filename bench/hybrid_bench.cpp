#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "hybrid/centre_testing.hpp"

/// What the centre adds to a hybrid loop, and how busy loops keep a device: `hybrid_bench DRIVER DEVICE.yaml`. A real
/// centre (its log in memory) with real driver processes on this machine; the loops are threads.
using namespace mingyue;
using namespace mingyue::hybrid;
using hybrid::testing::LiveCentre;
using Clock = std::chrono::steady_clock;

namespace {

double microseconds(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

double percentile(std::vector<double>& sorted, double part) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

/// Batches of no size: what remains is software.
void iterations(const std::string& driver) {
  LiveCentre live(driver, {hybrid::testing::ideal()});
  live.wait_until_up("ideal");
  auto devices = live.connect(live.run_job());
  wire::Batch batch{
      .circuits = {{.text = hybrid::testing::turn_text, .parameters = 1, .sets = {{0.1}}, .sums = {{{1, "Z"}}}}}};
  std::vector<double> times;
  double held = 0;
  for (int i = 0; i < 5'100; ++i) {
    batch.circuits[0].sets[0][0] = 0.001 * i;
    const auto begin = Clock::now();
    const auto ran = devices->run(batch);
    const double took = microseconds(Clock::now() - begin);
    if (!ran) std::exit(1);
    if (i < 100) continue;
    times.push_back(took);
    held += static_cast<double>(ran->held_us);
  }
  std::ranges::sort(times);
  fmt::print(
      "one iteration with one parameter set, client to client, {} of them: median {:.0f} us (at most 1000), 99 % "
      "{:.0f} us (at "
      "most 5000), longest {:.0f} us; of that {:.0f} us at the driver\n",
      times.size(), percentile(times, 0.5), percentile(times, 0.99), times.back(),
      held / static_cast<double>(times.size()));

  batch.circuits[0].sets.clear();
  for (int i = 0; i < 200; ++i) batch.circuits[0].sets.push_back({0.01 * i});
  std::vector<double> each;
  for (int i = 0; i < 500; ++i) {
    const auto begin = Clock::now();
    if (!devices->run(batch)) std::exit(1);
    each.push_back(microseconds(Clock::now() - begin) / 200);
  }
  std::ranges::sort(each);
  fmt::print(
      "a batch of 200 parameter sets of a circuit on one qubit, per set, simulation included: median {:.1f} us, 99 % "
      "{:.1f} us "
      "(at most 20 on top of simulation)\n",
      percentile(each, 0.5), percentile(each, 0.99));
}

/// So long a classical half, so many shots; the device's busy share is what its meter says.
double busy(const std::string& driver, const std::string& device, int loops, bool exclusively, std::int64_t shots,
            std::chrono::milliseconds classical, std::chrono::seconds length, double& quantum_ms) {
  model::Qpu qpu{.name = "device", .device = device, .pace = 40};
  LiveCentre live(driver, {qpu});
  if (!live.wait_until_up("device")) std::exit(1);
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> held_us = 0, batches = 0;
  std::vector<std::jthread> threads;
  const auto until = Clock::now() + length;
  const auto loop = [&](model::AttemptId attempt) {
    auto devices = live.connect(attempt);
    if (!devices) return;
    while (Clock::now() < until) {
      if (exclusively && !devices->begin_session(600)) return;
      for (int step = 0; step < 1'000'000 && Clock::now() < until; ++step) {
        std::this_thread::sleep_for(classical);
        const auto ran = devices->run(
            {.shots = static_cast<std::uint32_t>(shots), .circuits = {{.text = hybrid::testing::bell_text}}});
        if (!ran) return;
        held_us += static_cast<std::int64_t>(ran->held_us);
        ++batches;
      }
      if (exclusively) (void)devices->end_session();
    }
  };
  for (int i = 0; i < loops; ++i)
    threads.emplace_back(
        loop, live.run_job({.qubits = 2, .hold = exclusively ? model::QpuHold::session : model::QpuHold::batch}));
  threads.clear();
  quantum_ms = static_cast<double>(held_us) / 1e3 / static_cast<double>(std::max<std::int64_t>(1, batches));
  return static_cast<double>(held_us) / microseconds(length);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string driver = argv[1];
  const std::string device = argv[2];
  iterations(driver);
  for (const bool exclusively : {false, true}) {
    double quantum_ms = 0;
    const double part =
        busy(driver, device, 8, exclusively, 900, std::chrono::milliseconds(40), std::chrono::seconds(10), quantum_ms);
    fmt::print(
        "eight loops of 40 ms classical and {:.1f} ms quantum work on one device, 10 s, {}: {:.1f} % busy ({})\n",
        quantum_ms, exclusively ? "held exclusively by one after the other" : "by the batch", 100 * part,
        exclusively ? "about 20" : "at least 90");
  }
}
