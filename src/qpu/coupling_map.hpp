#pragma once

#include <cstdint>
#include <vector>

#include "qpu/calibration.hpp"

namespace mingyue::qpu {

/// The pairs of a device as a router sees them: neighbours, and how far apart two qubits are. Whole numbers, so that a
/// route is the same on every machine.
///
/// A pair's length is 1000, and more where its gate is worse than others: up to three times that at eight times the
/// median error. Its loss is -ln(1 - error) in millionths.
class CouplingMap {
 public:
  CouplingMap(const Device& device, const Calibration& calibration);

  [[nodiscard]] int qubits() const { return qubits_; }
  [[nodiscard]] const std::vector<Qubit>& neighbours(Qubit a) const { return neighbours_[static_cast<std::size_t>(a)]; }
  [[nodiscard]] bool are_neighbours(Qubit a, Qubit b) const { return length(a, b) > 0; }
  /// 0 where they are no neighbours.
  [[nodiscard]] std::int32_t length(Qubit a, Qubit b) const { return length_[at(a, b)]; }
  [[nodiscard]] std::int32_t loss(Qubit a, Qubit b) const { return loss_[at(a, b)]; }
  /// Along the shortest way.
  [[nodiscard]] std::int32_t distance(Qubit a, Qubit b) const { return distance_[at(a, b)]; }
  /// Of reading the qubit.
  [[nodiscard]] std::int32_t readout_loss(Qubit a) const { return readout_loss_[static_cast<std::size_t>(a)]; }
  /// The neighbour of `from` that is nearest to `to`.
  [[nodiscard]] Qubit step_towards(Qubit from, Qubit to) const;

 private:
  [[nodiscard]] std::size_t at(Qubit a, Qubit b) const {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(qubits_) + static_cast<std::size_t>(b);
  }

  int qubits_;
  std::vector<std::vector<Qubit>> neighbours_;
  std::vector<std::int32_t> length_, loss_, distance_;
  std::vector<std::int32_t> readout_loss_;
};

}  // namespace mingyue::qpu
