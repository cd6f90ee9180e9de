// Circuits of a batch, made for a device.

#include "drivers/prepared_circuits.hpp"

#include <gmock/gmock.h>

#include "qpu/devices_testing.hpp"

namespace mingyue::drivers {
namespace {

using ::testing::HasSubstr;

class Prepared : public ::testing::Test {
 protected:
  Prepared() : device_(qpu::testing::line_of(5)), calibration_(qpu::calibrate(device_, 1, Instant(0))) {}
  Expected<const PreparedCircuit*, Fault> get(const BatchCircuit& circuit) {
    return circuits_.get(circuit, device_, calibration_);
  }

  qpu::Device device_;
  qpu::Calibration calibration_;
  PreparedCircuits circuits_{2};
};

BatchCircuit turned(const std::string& gate, std::vector<std::vector<Real>> sets) {
  return {.text = "OPENQASM 3; include \"stdgates.inc\"; input float a; qubit[2] q; bit[2] c; " + gate +
                  "(a) q[0]; cx q[0], q[1]; c = measure q;",
          .bits = 2,
          .sets = std::move(sets),
          .sums = {}};
}

TEST_F(Prepared, AreMadeOnceForAllValuesOfTheirParameters) {
  const auto first = get(turned("rx", {{0.1}}));
  ASSERT_TRUE(first) << first.error().message;
  const PreparedCircuit* const kept = *first;
  EXPECT_EQ(kept->parameters, 1u);
  EXPECT_EQ(kept->places.layout.size(), 2u);
  EXPECT_EQ(*get(turned("rx", {{0.2}, {0.3}})), kept);
  EXPECT_NE(*get(turned("ry", {{0.2}})), kept);
  EXPECT_EQ(*get(turned("rx", {{0.4}})), kept);
}

TEST_F(Prepared, AreMadeAnewForAnotherCalibration) {
  const PreparedCircuit* const kept = *get(turned("rx", {{0.1}}));
  calibration_ = qpu::calibrate(device_, 2, Instant(0));
  EXPECT_NE(*get(turned("rx", {{0.1}})), kept);
}

TEST_F(Prepared, ForgetTheOneThatWasNotAskedForTheLongestTime) {
  const PreparedCircuit* const kept = *get(turned("rx", {{0.1}}));
  (void)get(turned("ry", {{0.1}}));
  (void)get(turned("rx", {{0.1}}));
  (void)get(turned("rz", {{0.1}}));  // in place of ry
  EXPECT_EQ(*get(turned("rx", {{0.1}})), kept);
}

TEST_F(Prepared, RefuseSetsThatDoNotFit) {
  EXPECT_THAT(get(turned("rx", {})).error().message, HasSubstr("1 parameters have no values"));
  EXPECT_THAT(get(turned("rx", {{0.1}, {0.1, 0.2}})).error().message,
              HasSubstr("parameter set 1 has 2 values, the circuit 1 parameters"));
  ASSERT_TRUE(get(turned("rx", {{0.1}})));
  EXPECT_EQ(get(turned("rx", {})).error().code, "circuit-refused") << "also of one that is kept";
}

TEST_F(Prepared, TellWhichQubitEachBitOfAnOutcomeIsReadFrom) {
  const auto made =
      get({.text = "OPENQASM 3; qubit[3] q; bit[2] a; bit[2] b; b[0] = measure q[2]; a[1] = measure q[0];",
           .bits = 4,
           .sets = {},
           .sums = {}});
  ASSERT_TRUE(made) << made.error().message;
  const auto& [outcomes, layout, measured] = (*made)->places;
  EXPECT_EQ(measured, (std::vector<std::int32_t>{-1, layout[0], layout[2], -1}));
}

TEST_F(Prepared, HaveOneCircuitForEachMeasurementBasis) {
  auto circuit = turned("ry", {{0.1}});
  circuit.sums = {{{1.0, "ZZ"}, {1.0, "XX"}, {1.0, "IZ"}}};
  const auto made = get(circuit);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->bases.size(), 2u);
  EXPECT_EQ((*made)->made.size(), 2u);
  EXPECT_TRUE((*made)->places.measured.empty());
}

}  // namespace
}  // namespace mingyue::drivers
