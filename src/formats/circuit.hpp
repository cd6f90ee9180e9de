#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace mingyue::formats {

/// What is said of a circuit beside its text.
struct CircuitFields {
  std::int64_t shots = 1'000;
  std::uint64_t seed = 0;  ///< 0: another one each time
  std::string device;      ///< empty: any that qualifies
  std::string prefer;      ///< empty: `balanced`
};

/// The document of a job that hands an OpenQASM circuit to the centre's quantum devices and waits for what they measure
/// (docs/formats/job.md): YAML of one task. The text travels in the job's script, so the job can be looked at,
/// submitted again and run anywhere. Refused is what is no circuit, with its line, and what has parameters without
/// values
/// (`unbound-parameter`).
[[nodiscard]] Expected<std::string> circuit_document(std::string_view text, const CircuitFields& fields);

}  // namespace mingyue::formats
