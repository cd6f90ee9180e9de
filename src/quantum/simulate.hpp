#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quantum/circuit.hpp"
#include "quantum/noise.hpp"
#include "quantum/workers.hpp"

/// From a circuit to what it measures.
///
///   const auto counts = sample(circuit, 4000, seed);          // {"00": 2013, "11": 1987}
///   const auto exact = distribution(circuit);                 // {"00": 0.5, "11": 0.5}
///   const auto energy = expectation(circuit, {{0.5, "ZZ"}, {-1.2, "XI"}});
///
/// Outcomes are bit strings, the last classical bit leftmost; scratch bits are left out. The same circuit, seed and
/// options give the same answer, whatever the workers.
///
/// Measurements at the end are sampled from the final state, all shots at once. Those in the middle divide the shots:
/// the part that saw 0 and the part that saw 1 go on as two states, so that shots with the same history share their
/// work.
namespace mingyue::quantum {

enum class Precision : std::uint8_t { float64, float32 };
enum class Method : std::uint8_t { automatic, state_vector, tableau };

struct SimulateOptions {
  Method method = Method::automatic;  ///< the tableau for Clifford circuits, else the state vector
  Precision precision = Precision::float64;
  std::uint64_t memory_bytes_max = std::uint64_t{4} << 30;
  Workers* workers = nullptr;  ///< none: the caller's thread alone
};

/// More shots than this at once are refused: outcomes are kept one by one.
inline constexpr std::int64_t shots_max = 10'000'000;

using Counts = std::map<std::string, std::int64_t>;
using Distribution = std::map<std::string, double>;

/// A sum of Pauli strings with real coefficients. The first letter (I, X, Y, Z) is of qubit 0; letters that are left
/// out at the end are I.
struct PauliTerm {
  double coefficient = 0;
  std::string letters;
};
using PauliSum = std::vector<PauliTerm>;

/// What so many shots measure. Refused: parameters that are not bound, memory beyond the bound (`needs-memory`, with
/// what is needed and what is allowed), a circuit that the chosen method cannot simulate.
[[nodiscard]] Expected<Counts> sample(const Circuit& circuit, std::int64_t shots, std::uint64_t seed,
                                      const SimulateOptions& options = {});
/// The probability of every outcome above 1e-14. Refused also: more than 2^20 histories.
[[nodiscard]] Expected<Distribution> distribution(const Circuit& circuit, const SimulateOptions& options = {});
/// In the state at the end, averaged over what is measured on the way.
[[nodiscard]] Expected<double> expectation(const Circuit& circuit, const PauliSum& sum,
                                           const SimulateOptions& options = {});
/// The same for many sets of parameters of one circuit: what does not depend on them is done once.
[[nodiscard]] Expected<std::vector<double>> expectations(const Circuit& circuit, const PauliSum& sum,
                                                         const std::vector<std::vector<double>>& sets,
                                                         const SimulateOptions& options = {});
/// Shots on a machine with this noise. By state vector each is a trajectory of its own. By tableau, errors are Pauli
/// strings that are carried through the circuit, 64 shots at once (relaxation as pauli_decay says): hundreds of qubits,
/// of Clifford circuits without branches. Automatic is the tableau for those of more than 16 qubits.
[[nodiscard]] Expected<Counts> sample_noisy(const Circuit& circuit, const Noise& noise, std::int64_t shots,
                                            std::uint64_t seed, const SimulateOptions& options = {});
/// What sample_noisy would do with a circuit whose parameters are bound.
[[nodiscard]] bool noisy_by_tableau(const Circuit& circuit, const SimulateOptions& options = {});

}  // namespace mingyue::quantum
