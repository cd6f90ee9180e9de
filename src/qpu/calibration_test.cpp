#include "qpu/calibration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "qpu/device_document.hpp"
#include "qpu/devices_testing.hpp"

namespace mingyue::qpu {
namespace {

using testing::shipped;

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");
constexpr std::uint64_t seed = 0x9f3c21;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

TEST(Calibration, IsAFunctionOfDeviceSeedAndTime) {
  const Device device = shipped("lake-hex");
  EXPECT_EQ(calibrate(device, seed, noon), calibrate(device, seed, noon));
  EXPECT_NE(calibrate(device, seed, noon), calibrate(device, seed + 1, noon));
  const Calibration today = calibrate(device, seed, noon);
  EXPECT_EQ(today.id, "lake-hex@2026-12-01T05:00:00.000Z#9f3c21");
  EXPECT_EQ(today.calibrated, *parse_instant("2026-12-01T05:00:00Z"));
  // It is the same until the next recalibration is over.
  EXPECT_EQ(calibrate(device, seed, noon + hours(16)), today);
  const Calibration tomorrow = calibrate(device, seed, noon + days(1));
  EXPECT_NE(tomorrow.id, today.id);
  EXPECT_NE(tomorrow.qubits, today.qubits);
}

TEST(Calibration, FiguresAreThoseOfTheDevice) {
  for (const char* name : {"lake-grid", "lake-hex", "lake-ion"}) {
    const Device device = shipped(name);
    const Calibration calibration = calibrate(device, seed, noon);
    ASSERT_TRUE(check_calibration(device, calibration).has_value());
    std::vector<double> t1, pair;
    for (const auto& each : calibration.qubits) t1.push_back(std::log(each.t1_us / device.typical->t1_us.median));
    for (const auto& each : calibration.pairs)
      pair.push_back(std::log(each.gate_error / device.typical->two_qubit_error.median));
    // The median of n draws is off by 1.25 spread / sqrt(n) at one sigma; four are allowed.
    const auto off = [](const Typical& typical, std::size_t n) { return 5 * typical.spread / std::sqrt(n); };
    EXPECT_NEAR(median(t1), 0, off(device.typical->t1_us, t1.size())) << name;
    EXPECT_NEAR(median(pair), 0, off(device.typical->two_qubit_error, pair.size())) << name;
    EXPECT_LT(*std::ranges::min_element(t1), -device.typical->t1_us.spread) << name;
  }
}

TEST(Calibration, AQubitStaysMostlyAsItWasMade) {
  const Device device = shipped("lake-hex");
  const Calibration today = calibrate(device, seed, noon), tomorrow = calibrate(device, seed, noon + days(1));
  double within = 0, over = 0;
  for (std::size_t i = 0; i + 1 < today.qubits.size(); ++i) {
    within += std::abs(std::log(today.qubits[i].t1_us / tomorrow.qubits[i].t1_us));
    over += std::abs(std::log(today.qubits[i].t1_us / today.qubits[i + 1].t1_us));
  }
  EXPECT_GT(within, 0);
  EXPECT_LT(within, over * 0.7);
}

TEST(Calibration, ConditionsWalkAwayFromItHourByHour) {
  const Device device = shipped("lake-grid");
  const Calibration calibration = calibrate(device, seed, noon);
  const auto apart = [&](Duration later) {
    const Calibration now = conditions(device, seed, calibration.calibrated + later);
    EXPECT_EQ(now.id, calibration.id);
    double sum = 0;
    for (std::size_t i = 0; i < now.pairs.size(); ++i)
      sum += std::abs(std::log(now.pairs[i].gate_error / calibration.pairs[i].gate_error));
    return sum / static_cast<double>(now.pairs.size());
  };
  EXPECT_EQ(conditions(device, seed, calibration.calibrated + minutes(59)), calibration);
  EXPECT_GT(apart(hours(1)), 0);
  EXPECT_LT(apart(hours(1)), 0.1);
  EXPECT_GT(apart(hours(20)), 2 * apart(hours(1)));
  EXPECT_EQ(conditions(device, seed, noon).holds_at, noon);
  EXPECT_TRUE(check_calibration(device, conditions(device, seed, noon + hours(7))).has_value());
}

TEST(Calibration, WhatIsWrittenReadsBack) {
  const Device device = shipped("lake-grid");
  const Calibration now = conditions(device, seed, noon);
  const auto tree = formats::parse_yaml(write_calibration(now));
  ASSERT_TRUE(tree.has_value()) << tree.error().message;
  const auto again = read_calibration(*tree, device);
  ASSERT_TRUE(again.has_value()) << again.error().front().message;
  EXPECT_EQ(*again, now);
  // Of another device it is none.
  const auto other = read_calibration(*tree, shipped("lake-hex"));
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().front().code, "bad-value");
}

TEST(Calibration, FiguresThatCannotBeAreRefused) {
  const Device device = testing::line_of(3);
  const Calibration good = calibrate(device, seed, noon);
  const auto field = [&](auto change) {
    Calibration bad = good;
    change(bad);
    const auto checked = check_calibration(device, bad);
    return checked ? "accepted" : checked.error().field;
  };
  EXPECT_EQ(field([](Calibration& c) { c.qubits[1].t2_us = 2.1 * c.qubits[1].t1_us; }), "qubits[1]");
  EXPECT_EQ(field([](Calibration& c) { c.qubits[2].reads_0_as_1 = 1.5; }), "qubits[2]");
  EXPECT_EQ(field([](Calibration& c) { c.pairs[0].gate_error = -0.1; }), "pairs[0]");
  EXPECT_EQ(field([](Calibration& c) { std::swap(c.pairs[0], c.pairs[1]); }), "pairs[0]");
  EXPECT_EQ(field([](Calibration& c) { c.qubits.pop_back(); }), "qubits");
}

TEST(Calibration, BecomesTheNoiseOfTheSimulator) {
  const Device device = testing::line_of(3);
  const Calibration calibration = calibrate(device, seed, noon);
  const quantum::Noise noise = noise_of(device, calibration);
  ASSERT_EQ(noise.qubits.size(), 3U);
  EXPECT_DOUBLE_EQ(noise.qubits[1].t1_s, calibration.qubits[1].t1_us * 1e-6);
  EXPECT_DOUBLE_EQ(noise.qubits[1].gate_s, 30e-9);
  EXPECT_TRUE(noise.rz_is_free);
  // T2 of 1.4 us takes some 0.02 of a gate of 40 ns: what is left of the measured error is the rest.
  EXPECT_LT(noise.pairs[1].gate_error, calibration.pairs[1].gate_error);
  Calibration lasting = calibration;
  for (auto& each : lasting.qubits) each.t1_us = each.t2_us = 1e9;
  EXPECT_NEAR(noise_of(device, lasting).pairs[1].gate_error, calibration.pairs[1].gate_error, 1e-9);
}

}  // namespace
}  // namespace mingyue::qpu
