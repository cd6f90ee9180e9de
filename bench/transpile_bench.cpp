// Prints what it costs to lay circuits out for the simulated devices: time, exchanges, gates on two qubits, depth. The
// best of several runs, because others may be using the machine.
//
//   build/bench/bin/transpile_bench [repeats=3] [effort=8]

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <numbers>

#include "base/prng.hpp"
#include "formats/parse.hpp"
#include "qpu/device_document.hpp"
#include "qpu/transpile.hpp"

namespace {

using namespace mingyue;
using namespace mingyue::qpu;
using quantum::Circuit;
using quantum::Gate;

double cpu_now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// All n(n-1)/2 controlled phases, and the exchanges at the end.
Circuit fourier(int qubits) {
  Circuit circuit;
  circuit.add_qubits("q", qubits);
  for (Qubit q = qubits - 1; q >= 0; --q) {
    circuit.apply(Gate::h, {q});
    for (Qubit other = q - 1; other >= 0; --other)
      circuit.apply_controlled(Gate::p, {other}, {q},
                               {std::numbers::pi / static_cast<double>(1ULL << std::min(q - other, 62))});
  }
  for (Qubit q = 0; q < qubits / 2; ++q) circuit.apply(Gate::swap, {q, qubits - 1 - q});
  return circuit.measure_all();
}

/// Layers of random pairs, as a quantum volume circuit has them.
Circuit random_pairs(int qubits, int layers) {
  Circuit circuit;
  circuit.add_qubits("q", qubits);
  Prng prng(1);
  std::vector<Qubit> order;
  for (Qubit q = 0; q < qubits; ++q) order.push_back(q);
  for (int layer = 0; layer < layers; ++layer) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[prng.below(i)]);
    for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
      circuit.apply(Gate::u3, {order[i]}, {0.1 * static_cast<double>(i), 0.2, 0.3});
      circuit.apply_controlled(Gate::x, {order[i]}, {order[i + 1]});
    }
  }
  return circuit.measure_all();
}

Device shipped(const std::string& name) {
  std::ifstream in(std::string(MINGYUE_EXAMPLES) + "/qpus/" + name + ".yaml");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto tree = formats::parse_yaml(text);
  if (!tree) throw std::runtime_error(tree.error().message);
  const auto device = read_device(*tree);
  if (!device) throw std::runtime_error(device.error().front().message);
  return *device;
}

void measure(const std::string& what, const Circuit& circuit, const std::string& name, int repeats, int effort,
             double target_s) {
  const Device device = shipped(name);
  const Calibration calibration = calibrate(device, 1, *parse_instant("2026-12-01T12:00:00Z"));
  double best = 1e9;
  Transpiled made;
  for (int i = 0; i < repeats; ++i) {
    const double begin = cpu_now();
    auto transpiled = transpile(circuit, device, calibration, {.seed = 1, .effort = effort});
    best = std::min(best, cpu_now() - begin);
    if (!transpiled) {
      fmt::print("{}: {}\n", what, transpiled.error().message);
      return;
    }
    made = std::move(*transpiled);
  }
  fmt::print("{:<24} {:<10} {:7.3f} s CPU {:<16} {:6} exchanges {:7} on two qubits  depth {:6}\n", what, name, best,
             target_s > 0 ? fmt::format("(target {} s)", target_s) : "", made.exchanges, made.two_qubit_gates,
             made.depth);
}

}  // namespace

int main(int argc, char** argv) {
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 3;
  const int effort = argc > 2 ? std::atoi(argv[2]) : 8;
  measure("Fourier, 100 qubits", fourier(100), "lake-hex", repeats, effort, 2);
  measure("Fourier, 72 qubits", fourier(72), "lake-grid", repeats, effort, 2);
  measure("Fourier, 32 qubits", fourier(32), "lake-ion", repeats, effort, 0);
  measure("random pairs, 60 x 20", random_pairs(60, 20), "lake-hex", repeats, effort, 0);
  measure("random pairs, 60 x 20", random_pairs(60, 20), "lake-grid", repeats, effort, 0);
  measure("Fourier, 12 qubits", fourier(12), "lake-grid", repeats, effort, 0);
}
