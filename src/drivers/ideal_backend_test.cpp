// A simulator without errors behind its driver process.

#include <gmock/gmock.h>

#include <cmath>

#include "drivers/driver_testing.hpp"

namespace mingyue::drivers {
namespace {

using namespace testing;

class IdealBackend : public DriverTest {
 protected:
  IdealBackend() {
    options_.program = MINGYUE_QPU_DRIVER;
    options_.failures_max = 1;
    options_.settings.device = "exact";
    options_.settings.backend = "ideal";
  }
};

TEST_F(IdealBackend, CountsWithoutErrorsAndRepeatsItself) {
  const auto first = run(bell_batch("bell"));
  ASSERT_TRUE(first) << first.error().message;
  std::int64_t sum = 0;
  for (const auto& [key, count] : first->circuits[0].outcomes[0].counts) {
    EXPECT_TRUE(key == "00" || key == "11") << key;
    sum += count;
  }
  EXPECT_EQ(sum, 1000);
  EXPECT_EQ(first->calibration, "ideal");
  driver_.reset();
  EXPECT_EQ(run(bell_batch("bell"))->circuits[0].outcomes[0].counts, first->circuits[0].outcomes[0].counts);
}

TEST_F(IdealBackend, GivesExactExpectationsOfAHundredSetsWithoutShots) {
  Batch batch;
  batch.id = "sweep";
  BatchCircuit circuit;
  circuit.text = "OPENQASM 3; include \"stdgates.inc\"; input float a; qubit[2] q; ry(a) q[0]; cx q[0], q[1];";
  for (int i = 0; i < 100; ++i) circuit.sets.push_back({Real(0.03 * i)});
  circuit.sums = {{{1.0, "ZI"}, {-0.5, "XX"}}, {{2.0, "ZZ"}}};
  batch.circuits.push_back(circuit);
  batch.circuits.push_back(
      {.text = "OPENQASM 3; include \"stdgates.inc\"; qubit q; x q;", .bits = 0, .sets = {}, .sums = {{{1.0, "Z"}}}});
  const auto result = run(batch);
  ASSERT_TRUE(result) << result.error().message;
  for (int i = 0; i < 100; ++i) {
    const auto& estimates = result->circuits[0].outcomes[static_cast<std::size_t>(i)].expectations;
    EXPECT_NEAR(estimates[0].value, std::cos(0.03 * i) - 0.5 * std::sin(0.03 * i), 1e-12);
    EXPECT_NEAR(estimates[1].value, 2.0, 1e-12);
    EXPECT_EQ(estimates[0].error.value, 0.0);
  }
  EXPECT_NEAR(result->circuits[1].outcomes[0].expectations[0].value, -1, 1e-12);
}

TEST_F(IdealBackend, RefusesWhatDoesNotFitIntoMemoryAndCountsWithoutShots) {
  Batch large = bell_batch("large");
  large.circuits[0] = {
      .text = "OPENQASM 3; include \"stdgates.inc\"; qubit[39] q; bit[39] c; h q; t q; h q; c = measure q;",
      .bits = 39,
      .sets = {},
      .sums = {}};
  EXPECT_EQ(run(large).error().code, "circuit-refused");
  Batch none = bell_batch("none");
  none.shots = 0;
  EXPECT_EQ(run(none).error().code, "circuit-refused");
  EXPECT_TRUE(run(bell_batch("good")));
}

}  // namespace
}  // namespace mingyue::drivers
