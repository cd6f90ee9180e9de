#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/circuit.hpp"

namespace mingyue::quantum {

/// Bounds against text that is short and means something enormous. Beyond one: `too-large`.
struct ReadLimits {
  std::size_t text_bytes_max = std::size_t{16} << 20;
  std::int64_t instructions_max = 1'000'000;  ///< of the circuit, after everything is unrolled
  std::int64_t steps_max = 20'000'000;        ///< statements and operations looked at while unrolling
  int qubits_max = 100'000;
  int bits_max = 1'000'000;
};

/// Reads OpenQASM 2 in full, and of OpenQASM 3 what README.md lists. Without a version statement the text is OpenQASM
/// 3, as that says, unless it includes qelib1.inc. Definitions are applied and loops unrolled.
///
/// Refused, with line and column in the message and as `field` (`3:7`): what is no OpenQASM or contradicts itself
/// (`bad-circuit`), what is OpenQASM and not read here, by the name of the feature (`unsupported-circuit`), and what
/// goes beyond a bound (`too-large`). Cost: linear in the text and in the circuit.
[[nodiscard]] Expected<Circuit> read_qasm(std::string_view text, const ReadLimits& limits = {});

/// The circuit as OpenQASM 3. Reading it gives the same circuit. Refused (`unsupported-circuit`): names that clash.
[[nodiscard]] Expected<std::string> write_qasm3(const Circuit& circuit);

/// The circuit as OpenQASM 2. Reading it gives the same circuit, but for the global phase, which OpenQASM 2 has not.
/// Refused (`unsupported-circuit`), by name: what only OpenQASM 3 can say, such as parameters that are not bound.
[[nodiscard]] Expected<std::string> write_qasm2(const Circuit& circuit);

}  // namespace mingyue::quantum
