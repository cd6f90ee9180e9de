#pragma once

#include <string>

#include "client/submission.hpp"
#include "formats/circuit.hpp"

namespace mingyue::client {

using formats::CircuitFields;

/// Whether the file is a circuit: by its ending, `.qasm`, or by its first word.
[[nodiscard]] bool is_circuit(const std::string& file, const std::string& text);

/// A circuit as a job (formats/circuit.hpp).
[[nodiscard]] Expected<Submission> circuit_job(const std::string& text, const std::string& name,
                                               const CircuitFields& fields);

}  // namespace mingyue::client
