#pragma once

#include <vector>

#include "quantum/circuit.hpp"

/// A circuit as a list of steps with jumps, for whoever runs it. Only the simulators include this.
namespace mingyue::quantum {

struct Step {
  enum class Kind : std::uint8_t { gates, measure, reset, assign, jump_unless, jump };
  Kind kind = Kind::gates;
  std::size_t first = 0, last = 0;  ///< of gates: gates[first] to gates[last - 1]
  Qubit qubit = 0;
  Bit bit = no_bit;
  const Assignment* assignment = nullptr;
  const BitExpression* condition = nullptr;
  std::size_t target = 0;  ///< of jumps
};

/// Points into the circuit, which must outlive it.
struct Program {
  std::vector<const GateUse*> gates;
  std::vector<Step> steps;
  /// Measurements after which nothing happens to their qubit or bit.
  std::vector<Measurement> final_measurements;
  int measurements = 0;   ///< and resets, in the middle
  bool branches = false;  ///< or assigns
};

[[nodiscard]] Program compile(const Circuit& circuit);

/// Bits as a person reads them: the last leftmost, scratch left out.
class OutcomeWriter {
 public:
  explicit OutcomeWriter(const Circuit& circuit);
  [[nodiscard]] std::string write(std::span<const std::uint64_t> words) const;

 private:
  std::vector<Bit> bits_;
};

}  // namespace mingyue::quantum
