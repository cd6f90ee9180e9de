// Prints what a state vector costs beside what this machine's memory does. Each figure is the best of several runs:
// others may be using the machine. The targets hold for memory of 40 GB/s and are scaled by what is measured.
//
//   build/bench/bin/quantum_bench [qubits=24] [repeats=3] [threads=2]

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <numbers>

#include "base/prng.hpp"
#include "quantum/fusion.hpp"
#include "quantum/kernels.hpp"
#include "quantum/simulate.hpp"
#include "quantum/state_vector.hpp"
#include "quantum/thread_workers.hpp"

namespace {

using namespace mingyue;
using namespace mingyue::quantum;

/// Of the best run; CPU time is that of the calling thread.
struct Seconds {
  double clock = 1e9;
  double cpu = 1e9;
};

double cpu_now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class Work>
Seconds best_of(int repeats, Work work) {
  Seconds best;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const double cpu = cpu_now();
    work();
    best.cpu = std::min(best.cpu, cpu_now() - cpu);
    best.clock = std::min(best.clock, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

/// Reads and writes 256 MiB in place; bytes read plus bytes written.
double memory_gigabytes(int repeats) {
  constexpr std::size_t count = std::size_t{32} << 20;
  const std::unique_ptr<double[]> data(new double[count]);
  std::fill_n(data.get(), count, 1.0);
  const Seconds seconds = best_of(repeats, [&] {
    double* const p = data.get();
    for (std::size_t i = 0; i < count; ++i) p[i] = p[i] * 1.0000001;
  });
  return 2.0 * static_cast<double>(count * sizeof(double)) / seconds.cpu / 1e9;
}

/// Twenty layers, each a random U on every qubit and a controlled-Z on neighbours, even and odd pairs by turns: with 24
/// qubits 480 + 230 = 710 gates.
std::vector<GateUse> random_circuit(int qubits, int depth) {
  std::vector<GateUse> gates;
  Prng prng(24);
  const auto angle = [&] { return static_cast<double>(prng.below(1'000'000)) * 2 * std::numbers::pi / 1e6; };
  for (int layer = 0; layer < depth; ++layer) {
    for (Qubit q = 0; q < qubits; ++q) gates.push_back({Gate::u3, 0, 0, {q}, {angle(), angle(), angle()}});
    for (Qubit q = layer % 2; q + 1 < qubits; q += 2) gates.push_back({Gate::z, 1, 0, {q, q + 1}, {}});
  }
  return gates;
}

std::vector<GateUse> fourier(int qubits) {
  std::vector<GateUse> gates;
  for (Qubit q = qubits - 1; q >= 0; --q) {
    gates.push_back({Gate::h, 0, 0, {q}, {}});
    for (Qubit k = q - 1; k >= 0; --k) gates.push_back({Gate::p, 1, 0, {k, q}, {std::ldexp(std::numbers::pi, k - q)}});
  }
  for (Qubit q = 0; q < qubits / 2; ++q) gates.push_back({Gate::swap, 0, 0, {q, qubits - 1 - q}, {}});
  return gates;
}

template <class T>
Seconds run(const std::vector<GateUse>& gates, int qubits, int repeats, Workers& workers, bool talks) {
  StateVector<T> state(qubits);
  double total = 0;
  std::size_t ops = 0, sweeps = 0;
  const Seconds seconds = best_of(repeats, [&] {
    state.clear();
    Fuser fuser(qubits);
    for (const GateUse& use : gates) fuser.add(use);
    const auto fused = fuser.take();
    ops = fused.size();
    const auto plan = StateVector<T>::plan(fused, qubits);
    sweeps = plan.size();
    state.apply(plan, workers);
  });
  total = state.total(workers);
  if (talks) fmt::print("    {} gates, {} steps, {} sweeps, total {:.12f}\n", gates.size(), ops, sweeps, total);
  return seconds;
}

/// Two hundred parameter sets of a small ansatz: nearly all of it is what each set costs beside the simulation.
void batch(int repeats) {
  Circuit circuit;
  circuit.add_qubits("q", 4);
  for (int layer = 0; layer < 3; ++layer) {
    for (Qubit q = 0; q < 4; ++q)
      circuit.apply(Gate::ry, {q}, {circuit.add_parameter(fmt::format("t{}_{}", layer, q))});
    for (Qubit q = 0; q < 3; ++q) circuit.apply_controlled(Gate::x, {q}, {q + 1});
  }
  const std::vector<std::vector<double>> sets(200, std::vector<double>(circuit.parameters.size(), 0.3));
  const Seconds seconds = best_of(repeats * 5, [&] {
    if (!expectations(circuit, {{1, "ZZII"}}, sets)) std::abort();
  });
  fmt::print(
      "  200 parameter sets, 4 qubits, 21 gates: {:.2f} us of CPU each, simulation included (target 20 beside it)\n",
      seconds.cpu / 200 * 1e6);
}

}  // namespace

int main(int count, char** arguments) {
  const int qubits = count > 1 ? std::atoi(arguments[1]) : 24;
  const int repeats = count > 2 ? std::atoi(arguments[2]) : 3;
  const int threads = count > 3 ? std::atoi(arguments[3]) : 2;
  const double memory = memory_gigabytes(std::max(repeats, 5));
  const double scale = 40 / memory * std::ldexp(1.0, qubits - 24);
  NoWorkers alone;
  ThreadWorkers together(threads);
  fmt::print("memory, in place: {:.1f} GB/s; kernels: {}; best of {}\n", memory, kernels<double>().name, repeats);
  const auto random = random_circuit(qubits, 20);
  const auto qft = fourier(qubits);
  const double size = std::ldexp(1.0, qubits - 24);
  const auto line = [&](std::string_view what, Seconds seconds, double target) {
    fmt::print("  {:<40} {:7.3f} s, {:7.3f} s of CPU; target {:.2f} s at 40 GB/s, {:.2f} s here: {}\n", what,
               seconds.clock, seconds.cpu, target * size, target * scale,
               seconds.cpu <= target * scale ? "met" : "MISSED");
  };
  const Seconds one = run<double>(random, qubits, repeats, alone, true);
  line("random circuit, float64", one, 4.5);
  line("random circuit, float32", run<float>(random, qubits, repeats, alone, true), 2.8);
  line("Fourier transform, float64", run<double>(qft, qubits, repeats, alone, true), 3);
  const Seconds many = run<double>(random, qubits, repeats, together, false);
  fmt::print(
      "  random circuit, float64, {} threads: {:.3f} s by the clock, {:.2f} times as fast as one (target 1.7 with 2)\n",
      threads, many.clock, one.clock / many.clock);
  batch(repeats);
  return 0;
}
