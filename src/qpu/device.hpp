#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "quantum/circuit.hpp"

/// What a quantum device is, apart from how well it does today (calibration.hpp). Plain values; a file of one is read
/// by device_document.hpp.
namespace mingyue::qpu {

using quantum::Bit;
using quantum::Qubit;

inline constexpr int device_qubits_max = 2'000;

enum class Technology : std::uint8_t { superconducting, trapped_ion };
DESCRIBE_ENUM(Technology, superconducting, trapped_ion)

/// The gates on one qubit that the machine does; every one has rz, which is a change of the frame: it takes no time and
/// makes no error.
enum class Turns : std::uint8_t {
  sx,     ///< sx and x: quarter and half turns about one axis
  rx_ry,  ///< rx and ry by any angle
};

/// The one gate on two qubits.
enum class Entangler : std::uint8_t {
  cz,
  ecr,  ///< in the direction of the pair alone
  rxx,  ///< by any angle (Mølmer and Sørensen)
  rzz,  ///< by any angle
};
DESCRIBE_ENUM(Entangler, cz, ecr, rxx, rzz)

using Pair = std::pair<Qubit, Qubit>;

/// Which pairs of qubits a gate can act on.
struct Coupling {
  enum class Shape : std::uint8_t { all_to_all, grid, heavy_hex, pairs };
  Shape shape = Shape::pairs;
  int rows = 0;               ///< of a grid, a heavy-hex lattice
  int columns = 0;            ///< ditto; of a heavy-hex lattice the qubits in a whole row
  std::vector<Pair> pairs;    ///< of Shape::pairs
  std::vector<Pair> without;  ///< pairs of the shape that are out of order for good
  friend bool operator==(const Coupling&, const Coupling&) = default;
};

/// Whole nanoseconds, but where the name says otherwise.
struct Times {
  std::int64_t one_qubit_ns = 0;
  std::int64_t two_qubit_ns = 0;
  std::int64_t readout_ns = 0;
  std::int64_t reset_ns = 0;
  std::int64_t between_shots_ns = 0;  ///< until all qubits are 0 again and the next shot begins
  std::int64_t circuit_ms = 0;        ///< to load a circuit, once
  friend bool operator==(const Times&, const Times&) = default;
};

struct Limits {
  std::int64_t shots = 0;     ///< of one circuit
  std::int64_t circuits = 0;  ///< in one batch
  std::int64_t gates = 0;     ///< native ones, rz left out
  std::int64_t depth = 0;     ///< ditto
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Every day at the same time (UTC), the device is measured and set anew.
struct Recalibration {
  int minute_of_day = 0;
  Duration takes;
  friend bool operator==(const Recalibration&, const Recalibration&) = default;
};

enum class Weekday : std::uint8_t { monday, tuesday, wednesday, thursday, friday, saturday, sunday };
DESCRIBE_ENUM(Weekday, monday, tuesday, wednesday, thursday, friday, saturday, sunday)

/// Every week; times are UTC.
struct Maintenance {
  Weekday day = Weekday::monday;
  int minute_of_day = 0;
  Duration takes;  ///< at most six days
  std::string what;
  friend bool operator==(const Maintenance&, const Maintenance&) = default;
};

/// How a figure is distributed over the qubits (or pairs) of a simulated device, and how it moves. Log-normal.
struct Typical {
  double median = 0;
  double spread = 0;  ///< standard deviation of the logarithm, over qubits
  double drift = 0;   ///< ditto, of what a day without recalibration does
  friend bool operator==(const Typical&, const Typical&) = default;
};

/// What the calibrations of a simulated device are drawn from.
struct TypicalFigures {
  Typical t1_us, t2_us;
  Typical one_qubit_error, two_qubit_error;  ///< average infidelities
  Typical reads_0_as_1, reads_1_as_0;
  friend bool operator==(const TypicalFigures&, const TypicalFigures&) = default;
};

struct Device {
  std::string name;
  Technology technology = Technology::superconducting;
  bool simulated = false;   ///< no machine: drawn figures, and a simulator that makes its errors
  std::string description;  ///< for people
  std::string source;       ///< where the figures are from
  int qubits = 0;
  Coupling coupling;
  Turns turns = Turns::sx;
  Entangler entangler = Entangler::cz;
  Times times;
  Limits limits;
  std::optional<Recalibration> recalibration;
  std::vector<Maintenance> maintenance;
  std::optional<TypicalFigures> typical;  ///< of a simulated device
  friend bool operator==(const Device&, const Device&) = default;
};

/// How many qubits the shape has; 0 for Shape::pairs and all_to_all, which have as many as the device says.
[[nodiscard]] int qubits_of(const Coupling& coupling);

/// All pairs that a gate can act on, each once, in a fixed order; the first of a pair is the first qubit of the gate
/// where that matters. Grids count along the rows. A heavy-hex lattice is rows of qubits joined at every fourth column
/// by a qubit between them, by turns from column 0 and from column 2; corners that would belong to no hexagon are left
/// out. Numbers go along a row, then along the qubits below it (IBM Eagle: 7 rows of 15 columns, 127 qubits).
[[nodiscard]] std::vector<Pair> pairs_of(const Device& device);

/// Where a qubit lies on the plane, in whole steps.
struct Position {
  int row = 0;
  int column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

/// Of every qubit of a grid or a heavy-hex lattice (whose joints lie between its rows); empty for other shapes, which
/// say nothing of places.
[[nodiscard]] std::vector<Position> positions_of(const Device& device);

/// The names of its native gates, rz first.
[[nodiscard]] std::vector<std::string> native_gates(const Device& device);

/// Nothing, or what in it cannot be: pairs out of range, qubits that no chain of pairs reaches, times that are
/// negative.
[[nodiscard]] Expected<void> check_device(const Device& device);

/// A stretch of time in which the device does not serve.
struct Window {
  enum class Kind : std::uint8_t { recalibration, maintenance };
  Instant begin, end;
  Kind kind = Kind::recalibration;
  std::string what;
  friend bool operator==(const Window&, const Window&) = default;
};

/// The windows that have a part in [from, until), by their begin.
[[nodiscard]] std::vector<Window> windows(const Device& device, Instant from, Instant until);
/// The earliest instant, not before `at`, outside all windows; nothing where the next eight days have none.
[[nodiscard]] std::optional<Instant> serves_from(const Device& device, Instant at);
/// The end of the last recalibration that was over at `at`; without recalibrations the beginning of time.
[[nodiscard]] Instant recalibrated_at(const Device& device, Instant at);

}  // namespace mingyue::qpu
