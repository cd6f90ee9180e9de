#pragma once

#include <span>
#include <vector>

#include "base/expected.hpp"
#include "drivers/batch.hpp"
#include "quantum/circuit.hpp"

namespace mingyue::drivers {

/// The circuit of a batch, read. Fault `circuit-refused`: no OpenQASM that is read here, outcomes of another width than
/// `bits` says.
[[nodiscard]] Expected<quantum::Circuit, Fault> read_batch_circuit(const BatchCircuit& circuit);

/// Fault `circuit-refused`: a set of another length than the circuit has parameters, or no set where it has some.
[[nodiscard]] Expected<void, Fault> check_sets(const BatchCircuit& circuit, std::size_t parameters);

/// A circuit with the values of one set; as it is where the batch has no sets.
[[nodiscard]] Expected<quantum::Circuit, Fault> bind_set(const quantum::Circuit& circuit, const BatchCircuit& asked,
                                                         std::size_t set);

/// How many bits an outcome has: scratch is left out.
[[nodiscard]] int outcome_bits(const quantum::Circuit& circuit);

/// `circuit-refused`, in the words of a refusal.
[[nodiscard]] Unexpected<Fault> circuit_refused(const Refusal& why);

}  // namespace mingyue::drivers
