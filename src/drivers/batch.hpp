#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/describe.hpp"
#include "drivers/real.hpp"

/// What a quantum device is asked, and what it answers: plain values.
namespace mingyue::drivers {

/// A term of a sum of Pauli strings. The first letter (I, X, Y, Z) is of qubit 0; letters left out at the end are I.
struct PauliTerm {
  Real coefficient;
  std::string letters;
};
DESCRIBE(PauliTerm, coefficient, letters)

struct BatchCircuit {
  std::string text;       ///< OpenQASM 2 or 3
  std::int32_t bits = 0;  ///< of an outcome: what the bit registers sum to, scratch left out
  /// Values of the parameters that are bound late, in the order of their declaration; the circuit runs once for each
  /// set. None at all: it has no parameters, and runs once.
  std::vector<std::vector<Real>> sets;
  /// Sums whose expectations are wanted instead of counts. Each measurement basis that they need takes all the shots.
  std::vector<std::vector<PauliTerm>> sums;

  [[nodiscard]] std::size_t runs() const { return std::max<std::size_t>(sets.size(), 1); }
};
DESCRIBE(BatchCircuit, text, bits, sets, sums)

/// Circuits that run one after the other with nothing in between: what a QPU is leased for.
struct Batch {
  std::string id;
  std::vector<BatchCircuit> circuits;
  std::int64_t shots = 0;  ///< of each circuit, set and measurement basis; at least 1, but where an ideal device gives
                           ///< nothing but expectations
  std::uint64_t seed = 0;  ///< what a simulated device draws from; others do without
};
DESCRIBE(Batch, id, circuits, shots, seed)

struct Estimate {
  Real value;
  Real error;  ///< the standard error, of the finite number of shots alone
};
DESCRIBE(Estimate, value, error)

/// What one run of one circuit gave: either of the two.
struct Outcome {
  std::vector<std::pair<std::string, std::int64_t>> counts;  ///< by bit string, the last bit leftmost; not sorted
  std::vector<Estimate> expectations;                        ///< in the order of the sums
};
DESCRIBE(Outcome, counts, expectations)

struct CircuitResult {
  std::vector<Outcome> outcomes;  ///< of each set of parameters
  /// Where the circuit's qubits were when it began: qubit i on the device's qubit layout[i]. Empty: the device chose,
  /// and did not say.
  std::vector<std::int32_t> layout;
  /// Bit i of an outcome (from the right) was read from the device's qubit measured[i]; -1: it was not measured.
  /// Empty: the device did not say, or expectations were asked, for which bases differ.
  std::vector<std::int32_t> measured;
};
DESCRIBE(CircuitResult, outcomes, layout, measured)

struct BatchResult {
  std::string id;
  std::vector<CircuitResult> circuits;
  std::string calibration;  ///< the id of the one under which it ran
  std::int64_t qpu_ms = 0;  ///< metered: the time for which the device was taken, on the device's own clock
  std::string message;      ///< of the device, for people; mostly empty
};
DESCRIBE(BatchResult, id, circuits, calibration, qpu_ms, message)

/// As in QDMI; the numbers are its numbers.
enum class DeviceStatus : std::uint8_t { offline, idle, busy, error, maintenance, calibration };
DESCRIBE_ENUM(DeviceStatus, offline, idle, busy, error, maintenance, calibration)

struct DeviceFacts {
  std::string description;     ///< YAML of src/qpu: qubits, coupling, native gates, times, limits
  std::string calibration;     ///< YAML of src/qpu: what was measured of them, when
  std::string calibration_id;  ///< of that calibration; results name it
  DeviceStatus status = DeviceStatus::offline;
};
DESCRIBE(DeviceFacts, description, calibration, calibration_id, status)

/// Which device a driver process is to reach, and how.
struct DriverSettings {
  std::string device;   ///< its name in the centre
  std::string backend;  ///< `qdmi`, `simulated`, or `ideal`: a simulator without errors

  // Of `qdmi`.
  std::string library;              ///< path of the shared library
  std::string prefix;               ///< of its functions: `IQM` of `IQM_QDMI_device_initialize`
  std::string base_url;             ///< empty: the library's own
  std::string token;                ///< empty: none
  std::vector<std::string> custom;  ///< texts for the session's custom parameters 1 to 5; an empty one is not set

  // Of `simulated`.
  std::string description;   ///< YAML of src/qpu
  std::uint64_t seed = 0;    ///< of its calibrations
  std::int64_t pace = 1000;  ///< thousandths of the modelled time that a batch takes: 1000 as long, 0 no longer than
                             ///< computing it does

  std::int32_t threads = 1;  ///< that compute; of `simulated` and `ideal`
};
DESCRIBE(DriverSettings, device, backend, library, prefix, base_url, token, custom, description, seed, pace, threads)

}  // namespace mingyue::drivers
