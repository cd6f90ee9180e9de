#include "drivers/result_check.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace mingyue::drivers {
namespace {

using Lie = std::optional<std::string>;

/// Clocks are read a moment apart, and the device's time is rounded to whole milliseconds.
constexpr std::int64_t clock_slack_ms = 5;
/// Sums of thousands of terms are rounded; a lie is not that small.
constexpr double rounding = 1e-9;

Lie lie_in_counts(const BatchCircuit& circuit, const Outcome& outcome, std::int64_t shots) {
  std::set<std::string_view> seen;
  std::int64_t sum = 0;
  for (const auto& [key, count] : outcome.counts) {
    if (key.size() != static_cast<std::size_t>(circuit.bits))
      return fmt::format("the outcome '{}' has {} bits, the circuit {}", shown(key), key.size(), circuit.bits);
    if (key.find_first_not_of("01") != std::string::npos)
      return fmt::format("the outcome '{}' is no bit string", shown(key));
    if (!seen.insert(key).second) return fmt::format("the outcome '{}' is there twice", shown(key));
    if (count < 1) return fmt::format("the outcome '{}' was seen {} times", shown(key), count);
    if (count > shots - sum)
      return fmt::format("the counts sum to more than the {} shots, at the outcome '{}'", shots, shown(key));
    sum += count;
  }
  if (sum != shots) return fmt::format("the counts sum to {}, not to the {} shots", sum, shots);
  return {};
}

Lie lie_in_expectations(const BatchCircuit& circuit, const Outcome& outcome) {
  if (outcome.expectations.size() != circuit.sums.size())
    return fmt::format("{} expectations, where {} were asked", outcome.expectations.size(), circuit.sums.size());
  for (std::size_t i = 0; i < circuit.sums.size(); ++i) {
    double bound = 0;
    for (const PauliTerm& term : circuit.sums[i]) bound += std::abs(term.coefficient.value);
    const auto& [value, error] = outcome.expectations[i];
    if (!std::isfinite(value.value) || std::abs(value.value) > bound * (1 + rounding))
      return fmt::format("the expectation {} of sum {}, which cannot leave ±{}", value.value, i, bound);
    if (!std::isfinite(error.value) || error.value < 0)
      return fmt::format("the standard error {} of sum {}", error.value, i);
  }
  return {};
}

Lie lie_in_places(const BatchCircuit& circuit, const CircuitResult& result) {
  std::set<std::int32_t> seen;
  for (const std::int32_t qubit : result.layout)
    if (qubit < 0 || !seen.insert(qubit).second) return fmt::format("the device's qubit {} in the layout", qubit);
  if (!result.measured.empty() && result.measured.size() != static_cast<std::size_t>(circuit.bits))
    return fmt::format("a place for {} bits, the circuit has {}", result.measured.size(), circuit.bits);
  return {};
}

Lie lie_in_circuit(const BatchCircuit& circuit, const CircuitResult& result, std::int64_t shots) {
  if (result.outcomes.size() != circuit.runs())
    return fmt::format("{} outcomes, where {} were asked", result.outcomes.size(), circuit.runs());
  for (std::size_t set = 0; set < result.outcomes.size(); ++set) {
    const Outcome& outcome = result.outcomes[set];
    Lie lie;
    if (circuit.sums.empty()) {
      lie = outcome.expectations.empty() ? lie_in_counts(circuit, outcome, shots)
                                         : Lie("expectations, where counts were asked");
    } else {
      lie =
          outcome.counts.empty() ? lie_in_expectations(circuit, outcome) : Lie("counts, where expectations were asked");
    }
    if (lie) return fmt::format("parameter set {}: {}", set, *lie);
  }
  return lie_in_places(circuit, result);
}

}  // namespace

std::optional<std::string> lie_in(const Batch& batch, const BatchResult& result, const ResultBounds& bounds) {
  if (result.id != batch.id)
    return fmt::format("the result is of batch '{}', asked was '{}'", shown(result.id), shown(batch.id));
  if (result.circuits.size() != batch.circuits.size())
    return fmt::format("results of {} circuits, where {} were asked", result.circuits.size(), batch.circuits.size());
  for (std::size_t i = 0; i < batch.circuits.size(); ++i)
    if (const auto lie = lie_in_circuit(batch.circuits[i], result.circuits[i], batch.shots))
      return fmt::format("circuit {}: {}", i, *lie);
  if (result.qpu_ms < 0) return fmt::format("the device worked for {} ms", result.qpu_ms);
  if (bounds.pace > 0) {
    // In thousandths; a device that would have worked for a million years overflows nothing.
    const std::int64_t possible = (bounds.passed.raw() + clock_slack_ms) * 1000 / bounds.pace;
    if (result.qpu_ms > possible)
      return fmt::format("the device worked for {} ms, in {} ms of our time not more than {} are possible",
                         result.qpu_ms, bounds.passed.raw(), possible);
  }
  if (!bounds.calibrations.contains(result.calibration))
    return fmt::format("the calibration '{}', which the device has not told", shown(result.calibration));
  return {};
}

}  // namespace mingyue::drivers
