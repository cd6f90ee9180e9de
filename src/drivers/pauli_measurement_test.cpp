// Expectations from counts, held against those of the exact state.

#include "drivers/pauli_measurement.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "drivers/batch_circuit.hpp"
#include "quantum/simulate.hpp"

namespace mingyue::drivers {
namespace {

using ::testing::HasSubstr;

const char* const some_state =
    "OPENQASM 3; include \"stdgates.inc\"; qubit[3] q; bit[3] c;"
    "ry(0.7) q[0]; h q[1]; cx q[0], q[1]; rx(1.1) q[2]; cx q[1], q[2]; s q[0]; t q[2];";

quantum::Circuit circuit_of(const std::string& text) {
  return read_batch_circuit({.text = text, .bits = 3, .sets = {}, .sums = {}}).value();
}

BasisCounts take_shots(const MeasurementBasis& basis, std::int64_t shots, std::uint64_t seed) {
  const auto counts = quantum::sample(basis.circuit, shots, seed).value();
  return {counts.begin(), counts.end()};
}

double exact(const quantum::Circuit& circuit, const std::vector<PauliTerm>& sum) {
  quantum::PauliSum terms;
  for (const PauliTerm& term : sum) terms.push_back({term.coefficient, term.letters});
  return quantum::expectation(circuit, terms).value();
}

TEST(PauliMeasurement, EstimatesWhatTheExactStateGivesWithinItsErrors) {
  const auto circuit = circuit_of(some_state);
  const std::vector<std::vector<PauliTerm>> sums = {
      {{0.5, "ZZI"}, {-0.25, "XXI"}, {0.75, "YIY"}, {2.0, "III"}, {0.3, "Z"}}, {{1.0, "IXX"}}, {{-1.5, ""}}};
  const auto bases = measurement_bases(circuit, sums);
  ASSERT_TRUE(bases);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    std::vector<BasisCounts> counts;
    for (std::size_t i = 0; i < bases->size(); ++i) counts.push_back(take_shots((*bases)[i], 20'000, seed * 100 + i));
    const auto estimates = estimate(*bases, sums, counts);
    ASSERT_TRUE(estimates);
    for (std::size_t sum = 0; sum < sums.size(); ++sum) {
      const auto& [value, error] = (*estimates)[sum];
      EXPECT_NEAR(value, exact(circuit, sums[sum]), 5 * error + 1e-12) << "sum " << sum << ", seed " << seed;
      EXPECT_LT(error, 0.02);
    }
    EXPECT_EQ((*estimates)[2].error.value, 0.0) << "nothing is measured of it";
  }
}

TEST(PauliMeasurement, ReadsTogetherWhatAgreesOnEveryQubit) {
  const auto circuit = circuit_of(some_state);
  const auto bases =
      measurement_bases(circuit, {{{1.0, "ZZI"}, {1.0, "IIX"}, {1.0, "ZIX"}, {1.0, "XII"}}, {{1.0, "IZX"}}});
  ASSERT_TRUE(bases);
  ASSERT_EQ(bases->size(), 2u);
  EXPECT_EQ((*bases)[0].terms.size(), 4u);
  EXPECT_EQ((*bases)[1].terms.size(), 1u);
  EXPECT_EQ((*bases)[1].qubits, std::vector<quantum::Qubit>{0});
}

TEST(PauliMeasurement, SaysWhatItCannotRead) {
  const auto circuit = circuit_of(some_state);
  const auto letter = measurement_bases(circuit, {{{1.0, "ZQ"}}});
  ASSERT_FALSE(letter);
  EXPECT_EQ(letter.error().code, "circuit-refused");
  const auto beyond = measurement_bases(circuit, {{{1.0, "IIIZ"}}});
  ASSERT_FALSE(beyond);
  EXPECT_THAT(beyond.error().message, HasSubstr("'IIIZ' on a circuit of 3 qubits"));
  const auto bases = measurement_bases(circuit, {{{1.0, "ZZ"}}});
  const std::vector<BasisCounts> too_short{{{"0", 5}}};
  EXPECT_FALSE(estimate(*bases, {{{1.0, "ZZ"}}}, too_short));
}

TEST(PauliMeasurement, DoesNotPretendToKnowTheErrorOfOneShot) {
  const auto circuit = circuit_of(some_state);
  const std::vector<std::vector<PauliTerm>> sums = {{{0.5, "Z"}}};
  const auto bases = measurement_bases(circuit, sums);
  const std::vector<BasisCounts> counts{take_shots((*bases)[0], 1, 3)};
  const auto estimates = estimate(*bases, sums, counts);
  EXPECT_EQ((*estimates)[0].error.value, 0.5);
  EXPECT_EQ(std::abs((*estimates)[0].value), 0.5);
}

}  // namespace
}  // namespace mingyue::drivers
