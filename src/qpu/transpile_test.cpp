#include "qpu/transpile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numbers>
#include <set>

#include "qpu/devices_testing.hpp"
#include "qpu/equivalent.hpp"
#include "quantum/qasm.hpp"
#include "quantum/reference_testing.hpp"

namespace mingyue::qpu {
namespace {

using quantum::Circuit;
using quantum::Gate;
using testing::line_of;
using testing::shipped;

constexpr double pi = std::numbers::pi;
const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

Calibration today(const Device& device) { return calibrate(device, 1, noon); }

Transpiled made(const Circuit& circuit, const Device& device, const TranspileOptions& options = {}) {
  auto transpiled = transpile(circuit, device, today(device), options);
  if (!transpiled) throw std::runtime_error(transpiled.error().message);
  return *transpiled;
}

/// Every gate is one of the device's, on a pair of its, in its direction.
void expect_native(const Transpiled& transpiled, const Device& device) {
  const auto names = native_gates(device);
  std::set<Pair> pairs;
  for (const Pair& pair : pairs_of(device)) pairs.insert(pair);
  const auto check = [&](const auto& self, const std::vector<quantum::Instruction>& body) -> void {
    for (const auto& instruction : body) {
      if (const auto* branch = std::get_if<quantum::Branch>(&instruction.what)) {
        self(self, branch->then);
        self(self, branch->otherwise);
      }
      const auto* use = std::get_if<quantum::GateUse>(&instruction.what);
      if (use == nullptr) continue;
      std::string name(quantum::facts_of(use->gate).name);
      if (use->controls == 1 && use->gate == Gate::z) name = "cz";
      EXPECT_TRUE(std::ranges::find(names, name) != names.end()) << name;
      if (use->qubits.size() == 1) continue;
      const Pair pair(use->qubits[0], use->qubits[1]), back(pair.second, pair.first);
      EXPECT_TRUE(pairs.contains(pair) || (device.entangler != Entangler::ecr && pairs.contains(back)))
          << pair.first << " " << pair.second;
    }
  };
  check(check, transpiled.circuit.body);
}

void expect_equivalent(const Circuit& circuit, const Device& device, const TranspileOptions& options = {}) {
  const auto transpiled = transpile(circuit, device, today(device), options);
  ASSERT_TRUE(transpiled.has_value()) << transpiled.error().message;
  expect_native(*transpiled, device);
  ASSERT_TRUE(quantum::check_circuit(transpiled->circuit).has_value());
  const auto same = is_equivalent(circuit, *transpiled);
  ASSERT_TRUE(same.has_value()) << same.error().message;
  EXPECT_TRUE(*same) << device.name << "\n" << quantum::write_qasm3(circuit).value_or("?");
}

Circuit of_qubits(int qubits) {
  Circuit circuit;
  circuit.add_qubits("q", qubits);
  return circuit;
}

/// A state in which every amplitude counts.
void scramble(Circuit& circuit, Prng& prng) {
  for (Qubit q = 0; q < circuit.qubits; ++q) {
    circuit.apply(Gate::u3, {q}, {0.3 + 0.1 * static_cast<double>(prng.below(20)), 0.7 * q, 1.1});
    if (q > 0) circuit.apply_controlled(Gate::x, {q - 1}, {q});
  }
}

Circuit random_circuit(Prng& prng, int qubits, int gates, int controls_most) {
  Circuit circuit = of_qubits(qubits);
  scramble(circuit, prng);
  for (int i = 0; i < gates; ++i)
    circuit.body.push_back({quantum::reference::random_gate(prng, qubits, controls_most)});
  return circuit;
}

std::vector<Device> devices() {
  return {shipped("lake-grid"),       shipped("lake-hex"),        shipped("lake-ion"),       line_of(9),
          line_of(9, Entangler::ecr), line_of(9, Entangler::rxx), line_of(9, Entangler::rzz)};
}

TEST(Transpile, EveryGateUnderControlsIsMadeOfNativeOnes) {
  Prng prng(11);
  const Device device = line_of(7);
  for (int i = 0; i < 400; ++i) expect_equivalent(random_circuit(prng, 6, 1, 4), device, {.effort = 1});
}

TEST(Transpile, RandomCircuitsDoTheSameOnEveryDevice) {
  Prng prng(12);
  for (const Device& device : devices()) {
    for (int i = 0; i < 12; ++i)
      expect_equivalent(random_circuit(prng, 3 + i % 6, 25, 2), device,
                        {.seed = static_cast<std::uint64_t>(i), .effort = 1});
  }
}

TEST(Transpile, FiveAndSixControlsBorrowNothing) {
  const Device device = line_of(9);
  Prng prng(13);
  for (const int controls : {5, 6, 7}) {
    for (const Gate gate : {Gate::x, Gate::rz, Gate::h}) {
      Circuit circuit = of_qubits(controls + 1);
      scramble(circuit, prng);
      std::vector<Qubit> all;
      for (Qubit q = 0; q < controls; ++q) all.push_back(q);
      if (gate == Gate::rz) {
        circuit.apply_controlled(gate, all, {controls}, {0.7});
      } else {
        circuit.apply_controlled(gate, all, {controls});
      }
      expect_equivalent(circuit, device, {.effort = 0});
    }
  }
}

/// Measurements, resets, branches and assignments anywhere.
Circuit random_dynamic(Prng& prng, int qubits) {
  Circuit circuit = of_qubits(qubits);
  circuit.add_bits("c", 4);
  circuit.add_bits("s", 2, true);
  scramble(circuit, prng);
  const auto gate = [&] { return quantum::Instruction{quantum::reference::random_gate(prng, qubits, 1)}; };
  const auto qubit = [&] { return static_cast<Qubit>(prng.below(static_cast<std::uint64_t>(qubits))); };
  for (int i = 0; i < 14; ++i) {
    switch (prng.below(6)) {
      case 0:
        circuit.measure(qubit(), static_cast<Bit>(prng.below(6)));
        break;
      case 1:
        circuit.reset(qubit());
        break;
      case 2: {
        quantum::Branch branch;
        branch.condition = quantum::BitExpression::bits(static_cast<int>(prng.below(4)), 2);
        for (int k = 0; k < 3; ++k) branch.then.push_back(gate());
        if (prng.chance(1, 2)) {
          branch.otherwise.push_back(gate());
          branch.otherwise.push_back({quantum::Measurement{qubit(), 1}});
          quantum::Branch inner{quantum::BitExpression::bits(1, 1), {gate(), gate()}, {}};
          branch.otherwise.push_back({std::move(inner)});
        }
        circuit.body.push_back({std::move(branch)});
        break;
      }
      case 3:
        circuit.body.push_back({quantum::Assignment{
            static_cast<Bit>(prng.below(5)), 1,
            quantum::BitExpression::binary(quantum::BitOperation::bit_xor, quantum::BitExpression::bits(0, 1),
                                           quantum::BitExpression::bits(2, 1))}});
        break;
      case 4:
        circuit.body.push_back({quantum::Barrier{{0, qubits - 1}}});
        break;
      default:
        break;
    }
    circuit.body.push_back(gate());
  }
  for (Qubit q = 0; q < std::min(qubits, 3); ++q) circuit.measure(q, q);
  return circuit;
}

TEST(Transpile, MeasurementsResetsAndBranchesStayInOrder) {
  Prng prng(14);
  for (const Device& device : {line_of(6), line_of(6, Entangler::rxx), line_of(6, Entangler::ecr)}) {
    for (int i = 0; i < 60; ++i)
      expect_equivalent(random_dynamic(prng, 3 + i % 3), device, {.seed = static_cast<std::uint64_t>(i), .effort = 1});
  }
}

TEST(Transpile, CircuitsOfOthersDoTheSame) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(MINGYUE_CIRCUITS) / "qasmbench";
  if (!fs::exists(folder)) GTEST_SKIP() << "no circuits beside the tree";
  const Device device = shipped("lake-grid");
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".qasm") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  int compared = 0;
  for (const fs::path& path : paths) {
    const auto circuit = quantum::read_qasm(testing::text_of(path.string()));
    if (!circuit || circuit->qubits > 10 || quantum::size_of(*circuit).gates > 1000) continue;
    const Transpiled transpiled = made(*circuit, device, {.effort = 1});
    expect_native(transpiled, device);
    std::vector<Qubit> used;
    if (compact(transpiled.circuit, used).qubits > 14) continue;
    const auto same = is_equivalent(*circuit, transpiled);
    ASSERT_TRUE(same.has_value()) << path << ": " << same.error().message;
    EXPECT_TRUE(*same) << path;
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

TEST(Transpile, LargeCliffordCircuitsDoTheSame) {
  Prng prng(15);
  const Gate gates[] = {Gate::h, Gate::s, Gate::sx, Gate::x, Gate::z, Gate::sdg, Gate::y};
  for (const Device& device : {shipped("lake-hex"), shipped("lake-grid"), shipped("lake-ion")}) {
    const int qubits = std::min(device.qubits, 60);
    Circuit circuit = of_qubits(qubits);
    for (int i = 0; i < 400; ++i) {
      const auto a = static_cast<Qubit>(prng.below(static_cast<std::uint64_t>(qubits)));
      const auto b = static_cast<Qubit>(prng.below(static_cast<std::uint64_t>(qubits)));
      circuit.apply(gates[prng.below(7)], {a});
      if (a == b) continue;
      switch (prng.below(4)) {
        case 0:
          circuit.apply(Gate::swap, {a, b});
          break;
        case 1:
          circuit.apply(Gate::iswap, {a, b});
          break;
        default:
          circuit.apply_controlled(prng.chance(1, 2) ? Gate::x : Gate::z, {a}, {b});
      }
    }
    expect_equivalent(circuit, device);
  }
}

TEST(Transpile, TheCheckerSeesWhatIsWrong) {
  Prng prng(16);
  const Device device = line_of(5);
  const Circuit circuit = random_circuit(prng, 4, 10, 1);
  Transpiled wrong = made(circuit, device);
  std::swap(wrong.final_layout[0], wrong.final_layout[1]);
  EXPECT_FALSE(*is_equivalent(circuit, wrong));
  wrong = made(circuit, device);
  wrong.circuit.apply(Gate::rz, {wrong.final_layout[2]}, {0.01});
  EXPECT_FALSE(*is_equivalent(circuit, wrong));
  Circuit clifford = of_qubits(30);
  for (Qubit q = 0; q + 1 < 30; ++q) clifford.apply(Gate::h, {q}).apply_controlled(Gate::x, {q}, {q + 1});
  Transpiled large = made(clifford, shipped("lake-hex"));
  EXPECT_TRUE(*is_equivalent(clifford, large));
  large.circuit.apply(Gate::z, {large.final_layout[7]});
  EXPECT_FALSE(*is_equivalent(clifford, large));
}

TEST(Transpile, ParametersAreBoundAfterwards) {
  Prng prng(17);
  for (const Device& device : devices()) {
    Circuit circuit = of_qubits(4);
    const auto a = circuit.add_parameter("a"), b = circuit.add_parameter("b");
    scramble(circuit, prng);
    circuit.apply(Gate::rx, {0}, {a}).apply(Gate::ry, {1}, {a * 2.0 + 0.1}).apply(Gate::u3, {2}, {a, b, a - b});
    circuit.apply(Gate::u, {3}, {b, a, 0.3}).apply(Gate::rzz, {0, 1}, {b}).apply(Gate::rzz, {0, 1}, {a});
    circuit.apply_controlled(Gate::u, {0}, {2}, {a, b, 0.2}).apply_controlled(Gate::p, {1, 2}, {3}, {b});
    circuit.apply(Gate::u2, {0}, {a, b}).apply_controlled(Gate::ry, {3}, {0}, {a}).apply(Gate::rxx, {1, 3}, {a * b});
    circuit.apply_controlled(Gate::gphase, {0, 1}, {}, {a});
    const Transpiled swept = made(circuit, device);
    EXPECT_EQ(swept.circuit.parameters, circuit.parameters);
    for (const std::vector<double>& values : {std::vector{0.3, -1.2}, {0.0, pi / 2}, {pi, 2.5}}) {
      Transpiled bound = swept;
      bound.circuit = *quantum::bind_parameters(swept.circuit, values);
      EXPECT_TRUE(*is_equivalent(*quantum::bind_parameters(circuit, values), bound)) << device.name;
    }
  }
}

/// Two-qubit gates on a line of two.
std::int64_t pairs_on(const Circuit& circuit, Entangler entangler = Entangler::cz) {
  const Transpiled transpiled = made(circuit, line_of(2, entangler));
  EXPECT_TRUE(*is_equivalent(circuit, transpiled));
  return transpiled.two_qubit_gates;
}

TEST(Transpile, FewEntanglersAreNeeded) {
  const auto two = [] { return of_qubits(2).apply(Gate::h, {0}).apply(Gate::ry, {1}, {0.4}); };
  EXPECT_EQ(pairs_on(two().apply_controlled(Gate::x, {0}, {1})), 1);
  EXPECT_EQ(pairs_on(two().apply_controlled(Gate::h, {0}, {1})), 1);
  EXPECT_EQ(pairs_on(two().apply_controlled(Gate::p, {0}, {1}, {0.3})), 2);
  EXPECT_EQ(pairs_on(two().apply_controlled(Gate::p, {0}, {1}, {0.3}), Entangler::rxx), 1);
  EXPECT_EQ(pairs_on(two().apply(Gate::swap, {0, 1})), 0);
  EXPECT_EQ(pairs_on(two().apply(Gate::iswap, {0, 1})), 1);
  EXPECT_EQ(pairs_on(two().apply(Gate::ecr, {0, 1}), Entangler::ecr), 1);
  // What undoes itself goes, with what commutes between.
  EXPECT_EQ(pairs_on(two().apply_controlled(Gate::x, {0}, {1}).apply(Gate::t, {0}).apply_controlled(Gate::x, {0}, {1})),
            0);
  EXPECT_EQ(pairs_on(two().apply_controlled(Gate::x, {0}, {1}).apply(Gate::t, {1}).apply_controlled(Gate::x, {0}, {1})),
            2);
  EXPECT_EQ(pairs_on(two().apply(Gate::rzz, {0, 1}, {0.2}).apply(Gate::rzz, {0, 1}, {pi / 2 - 0.2})), 1);
  // A gate and an exchange together are three: under a condition, an exchange must be done.
  Circuit branch = two();
  branch.add_bits("c", 2);
  branch.measure(0, 0);
  quantum::Branch swap{quantum::BitExpression::bits(0, 1), {}, {}};
  Circuit inside = of_qubits(2);
  inside.apply_controlled(Gate::p, {0}, {1}, {0.3}).apply(Gate::swap, {0, 1});
  swap.then = inside.body;
  branch.body.push_back({swap});
  branch.apply(Gate::h, {0}).apply(Gate::h, {1}).measure(0, 0).measure(1, 1);
  EXPECT_EQ(pairs_on(branch), 3);
}

TEST(Transpile, GatesOnOneQubitAreAtMostTwo) {
  Circuit circuit = of_qubits(1);
  for (int i = 0; i < 20; ++i) circuit.apply(Gate::u3, {0}, {0.1 * i, 0.3, 0.2}).apply(Gate::h, {0});
  EXPECT_EQ(made(circuit, line_of(2)).gates, 2);
  EXPECT_EQ(made(of_qubits(1).apply(Gate::h, {0}), line_of(2)).gates, 1);
  EXPECT_EQ(made(of_qubits(1).apply(Gate::x, {0}), line_of(2)).gates, 1);
  EXPECT_EQ(made(of_qubits(1).apply(Gate::t, {0}).apply(Gate::z, {0}), line_of(2)).gates, 0);
  // A turn by a late angle is one gate of an ion and two of a transmon.
  Circuit late = of_qubits(1);
  const auto a = late.add_parameter("a");
  late.apply(Gate::t, {0}).apply(Gate::rx, {0}, {a});
  EXPECT_EQ(made(late, line_of(2)).gates, 2);
  EXPECT_EQ(made(late, shipped("lake-ion")).gates, 1);
}

TEST(Transpile, WhatCannotBeSeenIsLeftOut) {
  Circuit circuit = of_qubits(2);
  circuit.add_bits("c", 2);
  circuit.apply(Gate::h, {0}).apply(Gate::t, {0}).measure(0, 0).apply(Gate::h, {1}).reset(1).measure(1, 1);
  const Transpiled transpiled = made(circuit, line_of(2));
  EXPECT_EQ(transpiled.gates, 1);
  EXPECT_TRUE(*is_equivalent(circuit, transpiled));
}

TEST(Transpile, SaysWhatIsToBeExpected) {
  Device device = line_of(3);
  Calibration calibration = today(device);
  for (auto& each : calibration.qubits) each = {1e9, 1e9, 0.01, 0.02, 0.04};
  for (auto& each : calibration.pairs) each.gate_error = 0.1;
  Circuit bell = of_qubits(2);
  bell.apply(Gate::h, {0}).apply_controlled(Gate::x, {0}, {1}).measure_all();
  const auto transpiled = transpile(bell, device, calibration);
  ASSERT_TRUE(transpiled.has_value());
  // sx, sx, cz, sx; two readouts.
  EXPECT_EQ(transpiled->gates, 4);
  EXPECT_EQ(transpiled->two_qubit_gates, 1);
  EXPECT_EQ(transpiled->depth, 4);
  EXPECT_EQ(transpiled->shot_ns, 30 + 40 + 30 + 1000);
  EXPECT_NEAR(transpiled->success, std::pow(0.99, 3) * 0.9 * 0.97 * 0.97, 1e-6);
  EXPECT_EQ(transpiled->calibration_id, calibration.id);
  ASSERT_EQ(transpiled->measurement_order.size(), 2U);
  for (const auto& each : transpiled->measurement_order)
    EXPECT_EQ(each.qubit, transpiled->final_layout[static_cast<std::size_t>(each.bit)]);
  // A qubit that waits loses some.
  calibration.qubits[0].t2_us = calibration.qubits[1].t2_us = calibration.qubits[2].t2_us = 1;
  Circuit waits = of_qubits(2);
  waits.apply(Gate::h, {0});
  for (int i = 0; i < 10; ++i) waits.apply(Gate::u3, {1}, {0.3, 0.1, 0.2}).body.push_back({quantum::Barrier{{1}}});
  waits.body.push_back({quantum::Barrier{{0, 1}}});
  const auto idle = transpile(waits, device, calibration);
  const double kept = (2 * coherence(calibration.qubits[0], 19 * 30e-9) + 1) / 3;
  EXPECT_NEAR(idle->success, std::pow(0.99, 21) * kept, 1e-6);
}

TEST(Transpile, LaysCircuitsOutWhereTheDeviceIsGood) {
  const Device device = line_of(9);
  Calibration calibration = today(device);
  for (auto& each : calibration.pairs) each.gate_error = each.a == 5 ? 0.002 : 0.05;
  Circuit bell = of_qubits(2);
  bell.apply(Gate::h, {0}).apply_controlled(Gate::x, {0}, {1}).measure_all();
  const auto transpiled = transpile(bell, device, calibration);
  EXPECT_EQ(std::set<Qubit>(transpiled->initial_layout.begin(), transpiled->initial_layout.end()), (std::set{5, 6}));
}

TEST(Transpile, ARowOfNeighboursNeedsNoExchange) {
  Circuit circuit = of_qubits(10);
  for (int layer = 0; layer < 3; ++layer) {
    for (Qubit q = 0; q + 1 < 10; ++q) circuit.apply_controlled(Gate::x, {q}, {q + 1}).apply(Gate::h, {q});
  }
  EXPECT_EQ(made(circuit, shipped("lake-grid")).exchanges, 0);
  EXPECT_EQ(made(circuit, shipped("lake-ion")).exchanges, 0);
}

TEST(Transpile, TheSameInputGivesTheSameBytes) {
  Prng prng(18);
  const Circuit circuit = random_circuit(prng, 12, 60, 2);
  const Device device = shipped("lake-hex");
  const Transpiled one = made(circuit, device, {.seed = 5}), two = made(circuit, device, {.seed = 5});
  EXPECT_EQ(one.circuit, two.circuit);
  EXPECT_EQ(one.final_layout, two.final_layout);
  EXPECT_EQ(one.success, two.success);
  EXPECT_NE(made(circuit, device, {.seed = 6}).circuit, one.circuit);
}

TEST(Transpile, WhatDoesNotFitIsRefusedWithTheNumbers) {
  Device device = line_of(3);
  const auto refusal = [&](const Circuit& circuit, const Device& on, const TranspileOptions& options = {}) {
    const auto transpiled = transpile(circuit, on, today(on), options);
    return transpiled ? "accepted" : transpiled.error().code + " " + transpiled.error().message;
  };
  EXPECT_EQ(refusal(of_qubits(4), device), "device-limit 4 qubits; device line takes 3");
  device.limits.gates = 3;
  EXPECT_EQ(refusal(of_qubits(2).apply(Gate::h, {0}).apply_controlled(Gate::x, {0}, {1}), device),
            "device-limit 4 gates; device line takes 3");
  device.limits = {.shots = 100, .circuits = 1, .gates = 10, .depth = 2};
  EXPECT_EQ(refusal(of_qubits(2).apply(Gate::h, {0}).apply_controlled(Gate::x, {0}, {1}).apply(Gate::h, {0}), device),
            "device-limit 3 layers; device line takes 2");
  EXPECT_EQ(refusal(of_qubits(1), device, {.effort = 101}), "out-of-range an effort of 101");
  EXPECT_EQ(refusal(of_qubits(1).apply(Gate::h, {4}), device), "bad-circuit qubit 4 of 1");
  EXPECT_EQ(check_limits(made(of_qubits(1), device), device, 101).error().message, "101 shots; device line takes 100");
}

}  // namespace
}  // namespace mingyue::qpu
