#pragma once

#include "qpu/transpile.hpp"
#include "quantum/simulate.hpp"

/// What a device would measure, made up by a simulator that makes its errors.
///
///   const auto made = transpile(circuit, device, calibrate(device, seed, now), {.seed = 7});
///   const auto result = run(device, conditions(device, seed, now), *made, 4000, {.seed = 7});
///   result->counts                 {"00": 1893, "11": 1820, "01": 151, "10": 136}
///
/// The same device, figures, circuit, shots and options give the same answer, byte for byte, whatever the workers.
/// Noise: relaxation, loss of phase, errors of gates and of readout (quantum/noise.hpp), each on its own; no crosstalk,
/// no leakage, nothing that lasts from shot to shot.
namespace mingyue::qpu {

struct RunOptions {
  std::uint64_t seed = 0;
  quantum::Precision precision = quantum::Precision::float32;  ///< of trajectories; noise is far above its rounding
  std::uint64_t memory_bytes_max = std::uint64_t{4} << 30;
  /// Shots × steps × amplitudes; 10^12 are some twenty minutes of one core.
  double work_max = 1e12;
  quantum::Workers* workers = nullptr;
};

/// Where a result comes from: enough to have it again.
struct Provenance {
  std::string device;
  bool simulated = true;
  bool twirled = false;  ///< relaxation as Pauli errors: Clifford circuits of many qubits
  std::string calibration_id;
  Instant holds_at;  ///< of the figures that the shots were taken under
  std::uint64_t layout_seed = 0;
  std::uint64_t shots_seed = 0;
  std::vector<Qubit> initial_layout, final_layout;
  std::vector<quantum::Measurement> measurement_order;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

struct RunResult {
  quantum::Counts counts;  ///< by the user's bits, the last leftmost
  std::int64_t shots = 0;
  std::int64_t shot_ns = 0;  ///< of one shot, with what passes until the next
  /// What it would take the machine, rounded up; the circuit's loading included.
  Duration qpu_time;
  Provenance from;
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

/// Refused: parameters that are not bound, what is beyond the device's limits (`device-limit`), and what the simulator
/// cannot hold or finish, with what it needs and what is allowed (`needs-memory`, `too-large`).
[[nodiscard]] Expected<RunResult> run(const Device& device, const Calibration& now, const Transpiled& made,
                                      std::int64_t shots, const RunOptions& options = {});

/// How long the device would be held by so many shots of a circuit.
[[nodiscard]] Duration qpu_time_of(const Device& device, const Transpiled& made, std::int64_t shots);

struct ExpectationResult {
  double value = 0;
  double standard_error = 0;
  int groups = 0;          ///< circuits that were measured
  std::int64_t shots = 0;  ///< of all of them
  Duration qpu_time;
  Provenance from;
  friend bool operator==(const ExpectationResult&, const ExpectationResult&) = default;
};

/// The expectation of a sum of Pauli strings in the state at the circuit's end, as a device finds it: strings whose
/// letters agree wherever both have one are measured together, after a change of basis, with `shots` shots for each
/// group. The first letter is of qubit 0 of the given circuit; `made` should not measure at its end.
[[nodiscard]] Expected<ExpectationResult> expectation(const Device& device, const Calibration& now,
                                                      const Transpiled& made, const quantum::PauliSum& sum,
                                                      std::int64_t shots, const RunOptions& options = {});

}  // namespace mingyue::qpu
