#pragma once

#include "qpu/transpile.hpp"

namespace mingyue::qpu {

/// Does the made circuit do what the given one does, up to where its qubits are, a global phase, and (after a
/// measurement) phases that no outcome shows? Both begin with all qubits 0.
///
/// Compared are the final states, where nothing is measured on the way: amplitude by amplitude for up to 16 qubits that
/// are used, by stabilisers for Clifford circuits of any size. With measurements, resets or branches the exact
/// distributions of outcomes are compared. Refused (`unsupported-circuit`, `needs-memory`): what neither can do, and
/// parameters that are not bound.
///
/// It shares nothing with the transpiler, and is meant to check it.
[[nodiscard]] Expected<bool> is_equivalent(const quantum::Circuit& given, const Transpiled& made);

/// A circuit on the qubits that it uses alone, numbered anew; `used` gets their old numbers.
[[nodiscard]] quantum::Circuit compact(const quantum::Circuit& circuit, std::vector<Qubit>& used);

}  // namespace mingyue::qpu
