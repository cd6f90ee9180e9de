#pragma once

#include <vector>

#include "qpu/steps.hpp"

namespace mingyue::qpu {

/// The same circuit of fewer steps, up to global phases. Gates on one qubit become one; what is diagonal moves behind
/// pair steps (with which it commutes); pair steps on the same two qubits with nothing but diagonals between them
/// become one, or none when they undo each other; what is diagonal before a measurement, and anything before a reset,
/// goes, and so does what is diagonal at the start when the qubits `start_at_zero`. Nothing crosses a barrier, a
/// measurement or a branch. Cost: linear.
[[nodiscard]] std::vector<Step> simplify(const std::vector<Step>& steps, int qubits, bool start_at_zero);

}  // namespace mingyue::qpu
