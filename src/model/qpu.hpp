#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/job.hpp"

/// Quantum computers (QPUs) of a centre, as plain values. What jobs ask of them is QpuNeed (model/job.hpp).
namespace mingyue::model {

/// A device as the centre's file names it. Either `device`, a description, which a simulated device then follows; or
/// `library`, a QDMI device library that speaks to a real one.
struct Qpu {
  std::string name;
  std::string device;               ///< absolute path of a description (docs/formats/qpu.md), or `ideal`
  std::string library;              ///< absolute path of a shared library (docs/formats/qdmi.md)
  std::string prefix;               ///< of its functions
  std::string base_url;             ///< handed to the library; empty: none
  std::string token_file;           ///< whose first line is handed to the library; empty: none
  std::int32_t pace = 1'000;        ///< of a simulated device, in thousandths of the time that a real one would take
  std::int32_t loops = 16;          ///< so many running jobs share it at once
  Credits per_hour;                 ///< of the time for which it is held
  std::vector<std::string> custom;  ///< what the library's documentation asks for: its custom parameters 1 to 5
  friend bool operator==(const Qpu&, const Qpu&) = default;
};
DESCRIBE(Qpu, name, device, library, prefix, base_url, token_file, pace, loops, per_hour, custom)

/// What a device has said of itself.
struct QpuFacts {
  std::string technology;               ///< `superconducting`, `trapped-ion`
  std::int32_t qubits = 0;              ///< 0: it has not been seen yet
  std::vector<std::string> gates;       ///< native
  std::int32_t two_qubit_fidelity = 0;  ///< median over its pairs, in millionths; 0: not known
  std::string calibration;              ///< its id
  Instant calibrated_at;
  bool simulated = false;      ///< shown wherever it appears
  std::int64_t shots_max = 0;  ///< of one circuit; 0: not known
  friend bool operator==(const QpuFacts&, const QpuFacts&) = default;
};
DESCRIBE(QpuFacts, technology, qubits, gates, two_qubit_fidelity, calibration, calibrated_at, simulated, shots_max)

/// Why a device takes no work.
enum class QpuOut : std::uint8_t { no = 0, calibration = 1, maintenance = 2, down = 3, drained = 4 };
DESCRIBE_ENUM(QpuOut, no, calibration, maintenance, down, drained)

/// What a device's time was spent on. Each millisecond is in exactly one.
enum class QpuSpent : std::uint8_t {
  run = 1,          ///< a batch ran
  session = 2,      ///< held by a session in which no batch ran
  stranded = 3,     ///< idle, though somebody waited who might have used it: the rest of the time before an outage was
                    ///< too short, or another device was the better one
  unwanted = 4,     ///< idle, and nobody waited
  calibration = 5,  ///< out of service from here on
  maintenance = 6,
  down = 7,
  drained = 8,
};
DESCRIBE_ENUM(QpuSpent, run, session, stranded, unwanted, calibration, maintenance, down, drained)

/// Whose time it was; job 0: nobody's.
struct QpuUse {
  QpuSpent spent = QpuSpent::unwanted;
  AttemptId of;
  Duration time;
  std::int64_t batches = 0;  ///< that ended in this time
  std::string project;       ///< the three are empty where nobody's
  std::string user;
  WorkKind kind = WorkKind::quantum;
  friend bool operator==(const QpuUse&, const QpuUse&) = default;
};
DESCRIBE(QpuUse, spent, of, time, batches, project, user, kind)

/// How a device's time from `from` to `to` divides. The uses sum to it, to the millisecond.
struct QpuReading {
  Instant from;
  Instant to;
  std::vector<QpuUse> uses;  ///< by class and attempt, ascending; none without time or batches
  friend bool operator==(const QpuReading&, const QpuReading&) = default;
};
DESCRIBE(QpuReading, from, to, uses)

/// What the ledger and the history call the partition that these are.
inline constexpr const char* qpu_partition = "qpus";

/// What `device:` says for a simulator without errors, in which anything fits that this machine's memory holds.
inline constexpr const char* ideal_device = "ideal";
inline constexpr std::int32_t ideal_qubits = 28;

/// The price of an hour of a device whose centre names none.
inline constexpr Credits qpu_hour_default{100'000'000};

}  // namespace mingyue::model
