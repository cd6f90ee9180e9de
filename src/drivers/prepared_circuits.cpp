#include "drivers/prepared_circuits.hpp"

#include "base/codec.hpp"
#include "drivers/batch_circuit.hpp"

namespace mingyue::drivers {
namespace {

Hash key_of(const BatchCircuit& asked, const qpu::Calibration& calibration) {
  codec::Writer key;
  codec::write(key, asked.text);
  codec::write(key, asked.bits);
  codec::write(key, asked.sums);
  codec::write(key, calibration.id);
  return hash_of(key.bytes());
}

/// The device's qubit of each bit of an outcome; scratch bits are none.
std::vector<std::int32_t> measured_of(const qpu::Transpiled& made) {
  std::vector<std::int32_t> by_bit(static_cast<std::size_t>(made.circuit.bits), -1);
  for (const quantum::Measurement& each : made.measurement_order)
    if (each.bit != quantum::no_bit) by_bit[static_cast<std::size_t>(each.bit)] = each.qubit;
  std::vector<std::int32_t> measured;
  for (const quantum::Register& each : made.circuit.bit_registers)
    if (!each.local)
      measured.insert(measured.end(), by_bit.begin() + each.first, by_bit.begin() + each.first + each.size);
  return measured;
}

Expected<PreparedCircuit, Fault> prepare(const BatchCircuit& asked, const qpu::Device& device,
                                         const qpu::Calibration& calibration) {
  TRY(circuit, read_batch_circuit(asked));
  PreparedCircuit prepared;
  prepared.parameters = circuit.parameters.size();
  std::vector<const quantum::Circuit*> to_make;
  if (asked.sums.empty()) {
    to_make.push_back(&circuit);
  } else {
    TRY(bases, measurement_bases(circuit, asked.sums));
    prepared.bases = std::move(bases);
    for (const MeasurementBasis& basis : prepared.bases) to_make.push_back(&basis.circuit);
  }
  for (const quantum::Circuit* each : to_make) {
    auto made = qpu::transpile(*each, device, calibration);
    if (!made) return circuit_refused(made.error());
    prepared.made.push_back(std::move(*made));
  }
  if (asked.sums.empty()) {
    const qpu::Transpiled& made = prepared.made.front();
    prepared.places.layout.assign(made.initial_layout.begin(), made.initial_layout.end());
    prepared.places.measured = measured_of(made);
  }
  return prepared;
}

}  // namespace

Expected<const PreparedCircuit*, Fault> PreparedCircuits::get(const BatchCircuit& circuit, const qpu::Device& device,
                                                              const qpu::Calibration& calibration) {
  const Hash key = key_of(circuit, calibration);
  const PreparedCircuit* prepared = kept_.find(key);
  if (prepared == nullptr) {
    TRY(made, prepare(circuit, device, calibration));
    prepared = kept_.keep(key, std::move(made));
  }
  CHECK_OK(check_sets(circuit, prepared->parameters));
  return prepared;
}

}  // namespace mingyue::drivers
