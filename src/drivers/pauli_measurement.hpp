#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "drivers/batch.hpp"
#include "quantum/circuit.hpp"

/// Expectations of Pauli sums from counts, as a device gives them:
///
///   auto bases = measurement_bases(circuit, sums);          // as few circuits as a greedy choice finds
///   for (auto& basis : *bases) counts.push_back(run(basis.circuit));
///   auto estimates = estimate(*bases, sums, counts);        // values with their standard errors
///
/// Terms that agree, qubit by qubit, on which of X, Y and Z is read are read together, whichever sum they are of; each
/// goes to the first basis that it agrees with.
namespace mingyue::drivers {

struct MeasurementBasis {
  /// The circuit, then the turns that make Z of X and Y, then a measurement of each qubit that a term reads, into a
  /// register of its own: the last one, leftmost in an outcome.
  quantum::Circuit circuit;
  std::vector<quantum::Qubit> qubits;  ///< that are read, into its bits 0, 1 ...
  struct Term {
    std::size_t sum = 0;
    std::size_t term = 0;
    std::vector<std::size_t> bits;  ///< of that register: the parity of these is what the term means
  };
  std::vector<Term> terms;
};

/// Fault `circuit-refused`: a letter other than I, X, Y and Z, one beyond the circuit's qubits. Terms of I alone are in
/// no basis.
[[nodiscard]] Expected<std::vector<MeasurementBasis>, Fault> measurement_bases(
    const quantum::Circuit& circuit, const std::vector<std::vector<PauliTerm>>& sums);

using BasisCounts = std::vector<std::pair<std::string, std::int64_t>>;

/// `counts[i]` are of basis i. The error is that of the mean over so many shots; of a single shot it is unknown, and
/// said to be as large as the sum can be. Fault `device-failed`: an outcome too short for the basis, no shots.
[[nodiscard]] Expected<std::vector<Estimate>, Fault> estimate(std::span<const MeasurementBasis> bases,
                                                              const std::vector<std::vector<PauliTerm>>& sums,
                                                              std::span<const BasisCounts> counts);

}  // namespace mingyue::drivers
