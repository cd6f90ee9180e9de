#include "qpu/simulated_device.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "qpu/devices_testing.hpp"

namespace mingyue::qpu {
namespace {

using quantum::Circuit;
using quantum::Gate;
using testing::line_of;
using testing::shipped;

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

Transpiled made(const Circuit& circuit, const Device& device, std::uint64_t seed = 7) {
  auto transpiled = transpile(circuit, device, calibrate(device, 1, noon), {.seed = seed});
  if (!transpiled) throw std::runtime_error(transpiled.error().message);
  return *transpiled;
}

/// A calibration without errors.
Calibration perfect(const Device& device) {
  Calibration calibration = calibrate(device, 1, noon);
  for (auto& each : calibration.qubits) each = {1e9, 1e9, 0, 0, 0};
  for (auto& each : calibration.pairs) each.gate_error = 0;
  return calibration;
}

Circuit chain(int qubits) {
  Circuit circuit;
  circuit.add_qubits("q", qubits);
  circuit.apply(Gate::h, {0});
  for (Qubit q = 0; q + 1 < qubits; ++q) circuit.apply_controlled(Gate::x, {q}, {q + 1});
  return circuit;
}

double share(const RunResult& result, const std::string& bits) {
  const auto found = result.counts.find(bits);
  return found == result.counts.end() ? 0 : static_cast<double>(found->second) / static_cast<double>(result.shots);
}

TEST(SimulatedDevice, MakesTheErrorsThatTheAppraisalExpects) {
  for (const char* name : {"lake-grid", "lake-hex", "lake-ion"}) {
    const Device device = shipped(name);
    const Calibration now = calibrate(device, 1, noon);
    const Transpiled transpiled = made(chain(4).measure_all(), device);
    const auto result = run(device, now, transpiled, 4000, {.seed = 3});
    ASSERT_TRUE(result.has_value()) << result.error().message;
    const double whole = share(*result, "0000") + share(*result, "1111");
    EXPECT_LT(whole, 1);
    // An error need not show: never fewer than expected, and by no more than two thirds of what is lost.
    EXPECT_GT(whole, transpiled.success - 0.03) << name;
    EXPECT_LT(1 - whole, 1.1 * (1 - transpiled.success)) << name;
    EXPECT_GT(1 - whole, 0.3 * (1 - transpiled.success)) << name;
    EXPECT_TRUE(result->from.simulated);
  }
}

TEST(SimulatedDevice, CountsAreByTheUsersBits) {
  const Device device = shipped("lake-hex");
  Circuit circuit;
  circuit.add_qubits("q", 5);
  circuit.add_bits("a", 2);
  circuit.add_bits("b", 2);
  // Qubit 4 is the only 1, and is read into b[1]; exchanges do not matter.
  circuit.apply(Gate::x, {0}).apply(Gate::swap, {0, 4});
  for (Qubit q = 0; q < 4; ++q) circuit.apply_controlled(Gate::z, {q}, {4});
  circuit.measure(4, 3).measure(0, 0).measure(2, 2);
  const auto result = run(device, perfect(device), made(circuit, device), 100);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->counts, (quantum::Counts{{"1000", 100}}));
  EXPECT_EQ(result->from.final_layout.size(), 5U);
  ASSERT_EQ(result->from.measurement_order.size(), 3U);
  for (const auto& each : result->from.measurement_order) {
    const std::size_t qubit = each.bit == 3 ? 4 : static_cast<std::size_t>(each.bit);
    EXPECT_EQ(each.qubit, result->from.final_layout[qubit]);
  }
}

TEST(SimulatedDevice, TheSameInputsGiveTheSameBytes) {
  const Device device = shipped("lake-grid");
  const Calibration now = conditions(device, 1, noon);
  const Transpiled transpiled = made(chain(5).measure_all(), device);
  const auto one = run(device, now, transpiled, 500, {.seed = 3});
  EXPECT_EQ(*one, *run(device, now, transpiled, 500, {.seed = 3}));
  EXPECT_NE(one->counts, run(device, now, transpiled, 500, {.seed = 4})->counts);
  // Hours later the device has drifted.
  const auto later = run(device, conditions(device, 1, noon + hours(5)), transpiled, 500, {.seed = 3});
  EXPECT_EQ(later->from.calibration_id, one->from.calibration_id);
  EXPECT_NE(later->from.holds_at, one->from.holds_at);
  EXPECT_NE(later->counts, one->counts);
}

TEST(SimulatedDevice, SaysHowLongAMachineWouldTake) {
  const Device ion = shipped("lake-ion");
  const Transpiled transpiled = made(chain(2).measure_all(), ion);
  const auto result = run(ion, perfect(ion), transpiled, 100);
  // 50 ms between shots; some ry of 135 us, one rxx of 600 us, 300 us of readout.
  EXPECT_EQ(result->shot_ns, 50'000'000 + transpiled.shot_ns);
  EXPECT_GE(transpiled.shot_ns, 600'000 + 300'000 + 135'000);
  EXPECT_EQ(result->qpu_time, milliseconds(500 + (100 * result->shot_ns + 999'999) / 1'000'000));
  // A superconducting device is two hundred times as fast.
  const Device hex = shipped("lake-hex");
  EXPECT_LT(run(hex, perfect(hex), made(chain(2).measure_all(), hex), 100)->shot_ns, 260'000);
}

TEST(SimulatedDevice, RunsLargeCliffordCircuits) {
  const Device device = shipped("lake-hex");
  const Transpiled transpiled = made(chain(100).measure_all(), device);
  const auto perfectly = run(device, perfect(device), transpiled, 200);
  ASSERT_TRUE(perfectly.has_value()) << perfectly.error().message;
  EXPECT_TRUE(perfectly->from.twirled);
  EXPECT_EQ(share(*perfectly, std::string(100, '0')) + share(*perfectly, std::string(100, '1')), 1);
  const auto noisy = run(device, calibrate(device, 1, noon), transpiled, 200);
  EXPECT_LT(share(*noisy, std::string(100, '0')) + share(*noisy, std::string(100, '1')), 0.5);
}

TEST(SimulatedDevice, FindsExpectationsOfPauliSums) {
  const Device device = line_of(4);
  // H2 in two qubits at 0.735 Å near its minimum: the exact value is that of the state.
  const quantum::PauliSum sum = {{-1.052373245772859, "II"},   {0.39793742484318045, "ZI"},
                                 {-0.39793742484318045, "IZ"}, {-0.01128010425623538, "ZZ"},
                                 {0.18093119978423156, "XX"},  {0.1, "YX"}};
  Circuit circuit;
  circuit.add_qubits("q", 2);
  const auto theta = circuit.add_parameter("theta");
  circuit.apply(Gate::x, {0}).apply(Gate::ry, {1}, {theta}).apply_controlled(Gate::x, {1}, {0});
  const Transpiled swept = made(circuit, device);
  for (const double value : {-0.22, 0.6}) {
    Transpiled bound = swept;
    bound.circuit = *quantum::bind_parameters(swept.circuit, std::vector{value});
    const auto found = expectation(device, perfect(device), bound, sum, 10'000, {.seed = 5});
    ASSERT_TRUE(found.has_value()) << found.error().message;
    const double exact = *quantum::expectation(*quantum::bind_parameters(circuit, std::vector{value}), sum);
    EXPECT_EQ(found->groups, 3);
    EXPECT_EQ(found->shots, 30'000);
    EXPECT_GT(found->standard_error, 0);
    EXPECT_LT(found->standard_error, 0.015);
    EXPECT_NEAR(found->value, exact, 5 * found->standard_error);
    // With the device's errors it is another value.
    const auto noisy = expectation(device, calibrate(device, 1, noon), bound, sum, 10'000, {.seed = 5});
    EXPECT_GT(std::abs(noisy->value - exact), 5 * noisy->standard_error);
    EXPECT_EQ(*found, *expectation(device, perfect(device), bound, sum, 10'000, {.seed = 5}));
  }
}

TEST(SimulatedDevice, ExpectationsFollowTheLayout) {
  const Device device = shipped("lake-hex");
  Circuit circuit;
  circuit.add_qubits("q", 5);
  // Every qubit is turned by another angle, and all pairs meet, so that wires move.
  for (Qubit q = 0; q < 5; ++q) circuit.apply(Gate::ry, {q}, {0.5 * q});
  for (Qubit q = 0; q < 5; ++q) {
    for (Qubit other = 0; other < q; ++other) circuit.apply_controlled(Gate::p, {other}, {q}, {0.4});
  }
  const Transpiled transpiled = made(circuit, device);
  EXPECT_GT(transpiled.exchanges, 0);
  for (std::size_t q = 0; q < 5; ++q) {
    std::string letters(5, 'I');
    letters[q] = 'Z';
    const auto found = expectation(device, perfect(device), transpiled, {{1, letters}}, 1000, {.seed = q});
    EXPECT_NEAR(found->value, std::cos(0.5 * static_cast<double>(q)), 5.0 / std::sqrt(1000)) << q;
  }
}

TEST(SimulatedDevice, WhatIsTooMuchIsRefusedWithTheNumbers) {
  const Device device = line_of(4);
  const Calibration now = perfect(device);
  const Transpiled transpiled = made(chain(4).measure_all(), device);
  EXPECT_EQ(run(device, now, transpiled, 100'001).error().message, "100001 shots; device line takes 100000");
  EXPECT_EQ(run(device, now, transpiled, 0).error().code, "out-of-range");
  EXPECT_EQ(run(device, now, transpiled, 100, {.memory_bytes_max = 100}).error().code, "needs-memory");
  const auto work = run(device, now, transpiled, 100, {.work_max = 1000});
  ASSERT_FALSE(work.has_value());
  EXPECT_EQ(work.error().code, "too-large");
  Circuit late;
  late.add_qubits("q", 1);
  late.apply(Gate::rx, {0}, {late.add_parameter("a")}).measure_all();
  EXPECT_EQ(run(device, now, made(late, device), 10).error().code, "unbound-parameter");
  EXPECT_EQ(expectation(device, now, transpiled, {{1, "ZZZZZ"}}, 10).error().code, "bad-circuit");
  EXPECT_EQ(run(shipped("lake-ion"), now, transpiled, 10).error().code, "bad-value");
}

}  // namespace
}  // namespace mingyue::qpu
