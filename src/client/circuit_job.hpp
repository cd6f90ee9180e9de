#pragma once

#include <cstdint>
#include <string>

#include "client/submission.hpp"

namespace mingyue::client {

/// What the command line says of a circuit beside its file.
struct CircuitFields {
  std::int64_t shots = 1'000;
  std::uint64_t seed = 0;
  std::string device;
  std::string prefer;
};

/// Whether the file is a circuit: by its ending, `.qasm`, or by its first word.
[[nodiscard]] bool is_circuit(const std::string& file, const std::string& text);

/// A circuit as a job: one task that hands it to the centre's quantum devices and waits for what they measure. The text
/// travels in the job's script, so the job can be looked at, submitted again and run anywhere. Refused is what is no
/// circuit, with its line.
[[nodiscard]] Expected<Submission> circuit_job(const std::string& text, const std::string& name,
                                               const CircuitFields& fields);

}  // namespace mingyue::client
