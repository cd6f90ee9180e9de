#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"

/// The body of GET /v1/qpus/{name}/calibration.
namespace mingyue::wire {

struct QpuQubit {
  std::int32_t qubit = 0;
  std::optional<double> t1_us;  ///< none: the device does not tell
  std::optional<double> t2_us;
  double gate_error = 0;     ///< of a gate on this qubit alone, average infidelity
  double readout_error = 0;  ///< the mean of the two below
  double reads_0_as_1 = 0;
  double reads_1_as_0 = 0;
  std::optional<std::int32_t> row;  ///< its place, where the shape of the device says one
  std::optional<std::int32_t> column;
};
DESCRIBE(QpuQubit, qubit, t1_us, t2_us, gate_error, readout_error, reads_0_as_1, reads_1_as_0, row, column)

/// Two qubits that a gate can act on together.
struct QpuPair {
  std::int32_t a = 0;
  std::int32_t b = 0;
  double gate_error = 0;
};
DESCRIBE(QpuPair, a, b, gate_error)

struct QpuCalibrationView {
  std::string name;
  std::string calibration;               ///< its name; empty: the driver has told none yet
  std::optional<Instant> calibrated_at;  ///< when it was measured
  bool ideal = false;                    ///< a simulator without errors: it has neither qubits nor pairs of its own
  std::string description;
  std::string source;          ///< where the figures of the device are from
  std::string shape;           ///< `all-to-all`, `grid`, `heavy-hex`, `pairs`
  std::string two_qubit_gate;  ///< the native one
  std::vector<QpuQubit> qubits;
  std::vector<QpuPair> pairs;
};
DESCRIBE(QpuCalibrationView, name, calibration, calibrated_at, ideal, description, source, shape, two_qubit_gate,
         qubits, pairs)

}  // namespace mingyue::wire
