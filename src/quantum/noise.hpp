#pragma once

#include <vector>

#include "quantum/circuit.hpp"

namespace mingyue::quantum {

/// What a machine does wrong, as its calibration says. Times are seconds; a time of 0 for t1 or t2 means that there is
/// no such decay. Errors are average gate infidelities, as randomised benchmarking measures them: 1 - F.
struct Noise {
  struct OfQubit {
    double t1_s = 0;        ///< relaxation to 0
    double t2_s = 0;        ///< loss of phase; at most 2 t1
    double gate_s = 0;      ///< a gate on this qubit alone
    double gate_error = 0;  ///< 0 to 1/2
    double measurement_s = 0;
    double reads_0_as_1 = 0;
    double reads_1_as_0 = 0;
  };
  struct OfPair {
    Qubit a = 0;
    Qubit b = 0;
    double gate_s = 0;
    double gate_error = 0;  ///< 0 to 3/4
  };
  std::vector<OfQubit> qubits;  ///< for each; the last one also for those beyond it
  std::vector<OfPair> pairs;    ///< either way round
  OfPair other_pairs;           ///< for pairs that are not listed, and gates of three qubits and more
  bool rz_is_free = false;      ///< rz is a change of the frame: it takes no time and makes no error
};

/// The errors of a qubit that waits, as Pauli strings: their probabilities.
struct PauliDecay {
  double x = 0, y = 0, z = 0;
};
/// Relaxation is no Pauli error; this is its twirl, which has the same average fidelity and lets 0 rise as often as 1
/// falls.
[[nodiscard]] PauliDecay pauli_decay(const Noise::OfQubit& noise, double seconds);

}  // namespace mingyue::quantum
