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

}  // namespace mingyue::quantum
