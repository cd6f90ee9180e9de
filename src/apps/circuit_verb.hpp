#pragma once

#include <cstdint>
#include <string>

namespace mingyue::apps {

/// What runs inside a job that was submitted as a circuit (client/circuit_job.hpp): it asks the centre for a device,
/// waits for the counts, prints a histogram, and leaves them in result.json.
struct CircuitOptions {
  std::string file;  ///< OpenQASM; a first line of `#!` is left out
  std::int64_t shots = 1'000;
  std::uint64_t seed = 0;  ///< 0: the centre draws one, which the result names
  std::string device;
};

/// The process's exit code: 0; 1 when the centre refuses the circuit; 75 when devices failed under it.
[[nodiscard]] int run_circuit(const CircuitOptions& options);

}  // namespace mingyue::apps
