#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "qpu/calibration.hpp"
#include "quantum/circuit.hpp"

/// From a circuit to one that a device can run.
///
///   const auto made = transpile(circuit, device, calibration, {.seed = 7});
///   made->circuit                  gates of the device on its qubits, the user's classical bits
///   made->initial_layout[q]        where qubit q begins; final_layout[q] where it ends
///   made->success                  0.62: what a shot without any error is expected to be
///
/// Parameters that are bound late stay so: a sweep is transpiled once, and `quantum::bind_parameters` gives each
/// circuit. Measurements, resets, barriers, assignments and branches stay in order on each qubit and bit. Qubits begin
/// as 0, and what does not show in them or in an outcome (phases before a measurement, gates before a reset) is left
/// out.
namespace mingyue::qpu {

struct TranspileOptions {
  std::uint64_t seed = 0;
  int effort = 8;  ///< starts that the layout search tries, 0 to 100; more takes longer and needs fewer exchanges
};

/// What was made, and what is to be expected of it.
struct Transpiled {
  quantum::Circuit circuit;  ///< on all qubits of the device; bits and parameters are those of the given circuit
  std::string device;
  std::string calibration_id;
  std::uint64_t seed = 0;
  std::vector<Qubit> initial_layout;  ///< by qubit of the given circuit: the device's qubit
  std::vector<Qubit> final_layout;
  /// Which qubit of the device is read into which bit, in the order of the made circuit; those inside branches too.
  /// Measurements that nothing follows stand at the end, in the order of the given circuit.
  std::vector<quantum::Measurement> measurement_order;
  std::int64_t exchanges = 0;  ///< that routing added
  /// rz is a change of the frame and counts nowhere. Of a branch the longer side counts.
  std::int64_t gates = 0;
  std::int64_t two_qubit_gates = 0;
  std::int64_t depth = 0;
  std::int64_t shot_ns = 0;  ///< from the first gate to the last readout
  /// The product of all gates' and readouts' fidelities and of what qubits keep of their state while they wait: an
  /// estimate, to compare devices and layouts by.
  double success = 1;
};

/// Refused: a circuit with more qubits than the device has, and one that is then beyond its gates or depth
/// (`device-limit`, with both numbers); what check_circuit or check_calibration refuse; an effort out of range.
///
/// Cost: about linear in the gates, times effort; a Fourier transform on 100 qubits takes some tenths of a second
/// (bench/transpile_bench). The same input gives the same circuit, byte for byte.
[[nodiscard]] Expected<Transpiled> transpile(const quantum::Circuit& circuit, const Device& device,
                                             const Calibration& calibration, const TranspileOptions& options = {});

/// Gates, depth, time and expected success of a circuit that is made of the device's gates, on its qubits: the fields
/// of `made` after `exchanges`, and the order of measurements, computed anew.
void appraise(Transpiled& made, const Device& device, const Calibration& calibration);

/// Refused (`device-limit`): more gates, depth or shots than the device takes.
[[nodiscard]] Expected<void> check_limits(const Transpiled& made, const Device& device, std::int64_t shots);

}  // namespace mingyue::qpu
