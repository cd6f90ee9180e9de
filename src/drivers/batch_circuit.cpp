#include "drivers/batch_circuit.hpp"

#include <fmt/format.h>

#include "quantum/qasm.hpp"

namespace mingyue::drivers {

Unexpected<Fault> circuit_refused(const Refusal& why) {
  return fault("circuit-refused", why.field.empty() ? why.message : fmt::format("{}: {}", why.field, why.message));
}

int outcome_bits(const quantum::Circuit& circuit) {
  int bits = 0;
  for (const quantum::Register& each : circuit.bit_registers)
    if (!each.local) bits += each.size;
  return bits;
}

Expected<quantum::Circuit, Fault> read_batch_circuit(const BatchCircuit& asked) {
  auto circuit = quantum::read_qasm(asked.text);
  if (!circuit) return circuit_refused(circuit.error());
  if (asked.sums.empty() && outcome_bits(*circuit) != asked.bits)
    return fault("circuit-refused",
                 fmt::format("outcomes have {} bits, the batch says {}", outcome_bits(*circuit), asked.bits));
  return std::move(*circuit);
}

Expected<void, Fault> check_sets(const BatchCircuit& asked, std::size_t parameters) {
  if (asked.sets.empty() && parameters != 0)
    return fault("circuit-refused", fmt::format("{} parameters have no values", parameters));
  for (std::size_t set = 0; set < asked.sets.size(); ++set)
    if (asked.sets[set].size() != parameters)
      return fault("circuit-refused", fmt::format("parameter set {} has {} values, the circuit {} parameters", set,
                                                  asked.sets[set].size(), parameters));
  return {};
}

Expected<quantum::Circuit, Fault> bind_set(const quantum::Circuit& circuit, const BatchCircuit& asked,
                                           std::size_t set) {
  if (asked.sets.empty()) return circuit;
  const std::vector<double> values(asked.sets[set].begin(), asked.sets[set].end());
  auto bound = quantum::bind_parameters(circuit, values);
  if (!bound) return circuit_refused(bound.error());
  return std::move(*bound);
}

}  // namespace mingyue::drivers
