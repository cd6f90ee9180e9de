#pragma once

#include <vector>

#include "base/expected.hpp"
#include "drivers/batch.hpp"
#include "drivers/pauli_measurement.hpp"
#include "drivers/recently_asked.hpp"
#include "qpu/transpile.hpp"

namespace mingyue::drivers {

/// A circuit of a batch, made for the device, with its parameters still to be bound.
struct PreparedCircuit {
  std::size_t parameters = 0;
  std::vector<MeasurementBasis> bases;  ///< where expectations are asked
  std::vector<qpu::Transpiled> made;    ///< where counts are asked one, else one for each basis
  CircuitResult places;                 ///< layout and measured, without outcomes
};

/// Circuits that are asked again and again, with other parameters each time, are read and laid out once. The layout
/// depends on the circuit and the calibration alone, not on the batch, so that it stays through a whole loop.
class PreparedCircuits {
 public:
  /// Keeps so many: those asked last.
  explicit PreparedCircuits(std::size_t count_max = 64) : kept_(count_max) {}

  /// Good until the next call. Fault `circuit-refused`: what read_batch_circuit and measurement_bases refuse, and what
  /// does not fit the device.
  [[nodiscard]] Expected<const PreparedCircuit*, Fault> get(const BatchCircuit& circuit, const qpu::Device& device,
                                                            const qpu::Calibration& calibration);

 private:
  RecentlyAsked<PreparedCircuit> kept_;
};

}  // namespace mingyue::drivers
