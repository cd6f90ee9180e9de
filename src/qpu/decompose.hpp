#pragma once

#include <vector>

#include "qpu/steps.hpp"

namespace mingyue::qpu {

/// A circuit as steps on wires. At the start qubit q is on wire q; exchanges of two qubits outside of branches are not
/// done but noted, so that at the end it is on wire `ends[q]`.
struct Decomposed {
  std::vector<Step> steps;
  std::vector<Qubit> ends;
};

/// Gates of any number of controls become gates on two qubits, without further qubits: one pair step for a gate with
/// one control, six for a Toffoli gate (two controls), O(n²) for n controls (A. Barenco and others, "Elementary gates
/// for quantum computation", 1995, lemma 7.2 within each half of the controls).
[[nodiscard]] Decomposed decompose(const quantum::Circuit& circuit);

}  // namespace mingyue::qpu
