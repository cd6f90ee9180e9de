#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "qpu/device.hpp"
#include "quantum/noise.hpp"

namespace mingyue::qpu {

/// How well a device does: times of coherence and average errors, for each qubit and each pair.
///
///   calibrate(device, seed, at)    what the last recalibration before `at` measured: it is published, and circuits are
///                                  laid out by it
///   conditions(device, seed, at)   what holds at `at`, hours later: shots are taken under it
///
/// Both are of simulated devices. The same device, seed and instant give the same figures; a figure has four digits, so
/// that rounding in a C library's `exp` does not show.
struct Calibration {
  struct OfQubit {
    double t1_us = 0;
    double t2_us = 0;  ///< at most 2 t1
    double gate_error = 0;
    double reads_0_as_1 = 0;
    double reads_1_as_0 = 0;
    friend bool operator==(const OfQubit&, const OfQubit&) = default;
  };
  struct OfPair {
    Qubit a = 0;
    Qubit b = 0;
    double gate_error = 0;
    friend bool operator==(const OfPair&, const OfPair&) = default;
  };
  std::string id;      ///< of the recalibration: `lake-grid@2026-12-01T04:00:00.000Z#9f3c21`
  Instant calibrated;  ///< when that was
  Instant holds_at;    ///< when these figures hold: whole hours after it
  std::vector<OfQubit> qubits;
  std::vector<OfPair> pairs;  ///< as pairs_of the device
  friend bool operator==(const Calibration&, const Calibration&) = default;
};

/// What stands for a time of coherence that a device does not tell.
inline constexpr double coherence_unknown_us = 1e6;

/// Only of a device with `typical` figures.
[[nodiscard]] Calibration calibrate(const Device& device, std::uint64_t seed, Instant at);
[[nodiscard]] Calibration conditions(const Device& device, std::uint64_t seed, Instant at);

/// Refused (`bad-value`): a calibration of other qubits or pairs than the device's, figures that cannot be.
[[nodiscard]] Expected<void> check_calibration(const Device& device, const Calibration& calibration);

/// The process fidelity of a qubit that is left alone for so long: (1 + e^{-t/T1} + 2 e^{-t/T2}) / 4.
[[nodiscard]] double coherence(const Calibration::OfQubit& figures, double seconds);

/// The same in the words of the simulator, for all qubits of the device. A gate's error there is what is left of the
/// measured one beside the decay during the gate, which the simulator adds by itself.
[[nodiscard]] quantum::Noise noise_of(const Device& device, const Calibration& calibration);

}  // namespace mingyue::qpu
