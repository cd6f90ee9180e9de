#include "qpu/device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/invariant.hpp"

namespace mingyue::qpu {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;

std::vector<Pair> grid_pairs(int rows, int columns) {
  std::vector<Pair> pairs;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const Qubit qubit = row * columns + column;
      if (column + 1 < columns) pairs.emplace_back(qubit, qubit + 1);
      if (row + 1 < rows) pairs.emplace_back(qubit, qubit + columns);
    }
  }
  return pairs;
}

/// The columns at which rows `gap` and `gap + 1` are joined.
std::vector<int> joints(int gap, int columns) {
  std::vector<int> at;
  for (int column = gap % 2 == 0 ? 0 : 2; column < columns; column += 4) at.push_back(column);
  return at;
}

/// Whether a row has a qubit at the column: a corner of the lattice without a joint is left out.
bool has_qubit(int row, int column, int rows, int columns) {
  if ((row != 0 && row != rows - 1) || (column != 0 && column != columns - 1)) return true;
  const std::vector<int> at = joints(row == 0 ? 0 : rows - 2, columns);
  return std::ranges::find(at, column) != at.end();
}

struct HeavyHex {
  int qubits = 0;
  std::vector<Pair> pairs;
  std::vector<Position> positions;
};
HeavyHex heavy_hex(int rows, int columns) {
  HeavyHex lattice;
  // Numbers first: a row, the qubits below it, the next row.
  std::vector<std::vector<Qubit>> numbers(static_cast<std::size_t>(rows)), between(static_cast<std::size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    auto& here = numbers[static_cast<std::size_t>(row)];
    const auto number = [&](int at_row, int at_column) {
      lattice.positions.push_back({at_row, at_column});
      return lattice.qubits++;
    };
    for (int column = 0; column < columns; ++column)
      here.push_back(has_qubit(row, column, rows, columns) ? number(2 * row, column) : -1);
    if (row + 1 == rows) break;
    for (const int column : joints(row, columns))
      between[static_cast<std::size_t>(row)].push_back(number(2 * row + 1, column));
  }
  for (int row = 0; row < rows; ++row) {
    const auto& here = numbers[static_cast<std::size_t>(row)];
    for (std::size_t column = 0; column + 1 < here.size(); ++column) {
      if (here[column] >= 0 && here[column + 1] >= 0) lattice.pairs.emplace_back(here[column], here[column + 1]);
    }
    if (row + 1 == rows) break;
    const std::vector<int> at = joints(row, columns);
    for (std::size_t i = 0; i < at.size(); ++i) {
      const Qubit joint = between[static_cast<std::size_t>(row)][i];
      lattice.pairs.emplace_back(here[static_cast<std::size_t>(at[i])], joint);
      lattice.pairs.emplace_back(joint, numbers[static_cast<std::size_t>(row) + 1][static_cast<std::size_t>(at[i])]);
    }
  }
  return lattice;
}

bool same_pair(const Pair& a, const Pair& b) { return a == b || (a.first == b.second && a.second == b.first); }

/// Monday is 0; 1970-01-01 was a Thursday.
std::int64_t weekday_of(std::int64_t day) { return ((day + 3) % 7 + 7) % 7; }

std::int64_t day_floor(Instant at) { return at.raw() >= 0 ? at.raw() / day_ms : -((-at.raw() + day_ms - 1) / day_ms); }

}  // namespace

int qubits_of(const Coupling& coupling) {
  if (coupling.shape == Coupling::Shape::grid) return coupling.rows * coupling.columns;
  if (coupling.shape == Coupling::Shape::heavy_hex) return heavy_hex(coupling.rows, coupling.columns).qubits;
  return 0;
}

std::vector<Pair> pairs_of(const Device& device) {
  const Coupling& coupling = device.coupling;
  std::vector<Pair> pairs;
  switch (coupling.shape) {
    case Coupling::Shape::all_to_all:
      for (Qubit a = 0; a < device.qubits; ++a) {
        for (Qubit b = a + 1; b < device.qubits; ++b) pairs.emplace_back(a, b);
      }
      break;
    case Coupling::Shape::grid:
      pairs = grid_pairs(coupling.rows, coupling.columns);
      break;
    case Coupling::Shape::heavy_hex:
      pairs = heavy_hex(coupling.rows, coupling.columns).pairs;
      break;
    case Coupling::Shape::pairs:
      pairs = coupling.pairs;
      break;
  }
  std::erase_if(pairs, [&](const Pair& pair) {
    return std::ranges::any_of(coupling.without, [&](const Pair& other) { return same_pair(pair, other); });
  });
  return pairs;
}

std::vector<Position> positions_of(const Device& device) {
  const Coupling& coupling = device.coupling;
  if (coupling.shape == Coupling::Shape::heavy_hex) return heavy_hex(coupling.rows, coupling.columns).positions;
  std::vector<Position> positions;
  if (coupling.shape != Coupling::Shape::grid) return positions;
  for (int row = 0; row < coupling.rows; ++row)
    for (int column = 0; column < coupling.columns; ++column) positions.push_back({row, column});
  return positions;
}

std::vector<std::string> native_gates(const Device& device) {
  std::vector<std::string> names = {"rz"};
  if (device.turns == Turns::sx) {
    names.insert(names.end(), {"sx", "x"});
  } else {
    names.insert(names.end(), {"rx", "ry"});
  }
  constexpr const char* entanglers[] = {"cz", "ecr", "rxx", "rzz"};
  names.emplace_back(entanglers[static_cast<std::size_t>(device.entangler)]);
  return names;
}

Expected<void> check_device(const Device& device) {
  if (device.qubits < 1 || device.qubits > device_qubits_max) {
    return refuse("out-of-range", "qubits", fmt::format("a device of {} qubits", device.qubits),
                  fmt::format("1 to {}", device_qubits_max));
  }
  const int needed = qubits_of(device.coupling);
  if (needed != 0 && needed != device.qubits) {
    return refuse("bad-value", "qubits",
                  fmt::format("the coupling has {} qubits, and the device says {}", needed, device.qubits),
                  fmt::format("qubits: {}", needed));
  }
  const std::vector<Pair> pairs = pairs_of(device);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [a, b] = pairs[i];
    if (a < 0 || b < 0 || a >= device.qubits || b >= device.qubits || a == b) {
      return refuse("out-of-range", "coupling", fmt::format("the pair [{}, {}] of {} qubits", a, b, device.qubits),
                    "two different qubits, counted from 0");
    }
  }
  if (device.coupling.shape == Coupling::Shape::pairs) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (same_pair(pairs[i], pairs[k])) {
          return refuse("duplicate", "coupling",
                        fmt::format("the pair [{}, {}] twice", pairs[i].first, pairs[i].second),
                        "name each pair once, in the direction in which it works");
        }
      }
    }
  }
  // Whoever cannot be reached cannot take part in a circuit with the others.
  std::vector<Qubit> root(static_cast<std::size_t>(device.qubits));
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](Qubit qubit) {
    while (root[static_cast<std::size_t>(qubit)] != qubit) qubit = root[static_cast<std::size_t>(qubit)];
    return qubit;
  };
  for (const auto& [a, b] : pairs)
    root[static_cast<std::size_t>(std::max(find(a), find(b)))] = std::min(find(a), find(b));
  for (Qubit qubit = 0; qubit < device.qubits; ++qubit) {
    if (find(qubit) != 0)
      return refuse("bad-value", "coupling", fmt::format("no chain of pairs leads from qubit 0 to qubit {}", qubit),
                    "join it to the others, or leave it out of the device");
  }
  const Times& times = device.times;
  for (const std::int64_t time : {times.one_qubit_ns, times.two_qubit_ns, times.readout_ns, times.reset_ns,
                                  times.between_shots_ns, times.circuit_ms}) {
    if (time < 0) return refuse("out-of-range", "times", "a time below nothing");
  }
  const Limits& limits = device.limits;
  for (const std::int64_t limit : {limits.shots, limits.circuits, limits.gates, limits.depth}) {
    if (limit < 1) return refuse("out-of-range", "limits", fmt::format("a limit of {}", limit), "at least 1");
  }
  if (device.simulated != device.typical.has_value()) {
    return refuse(device.simulated ? "missing-field" : "not-allowed", "typical",
                  device.simulated ? "a simulated device needs the figures that its calibrations are drawn from"
                                   : "a machine's figures come from the machine",
                  device.simulated ? "add `typical`" : "leave `typical` out, or write `simulated: true`");
  }
  return {};
}

std::vector<Window> windows(const Device& device, Instant from, Instant until) {
  std::vector<Window> found;
  const auto add = [&](std::int64_t day, int minute, Duration takes, Window::Kind kind, const std::string& what) {
    const Instant begin(day * day_ms + minute * minute_ms);
    if (begin < until && from < begin + takes) found.push_back({begin, begin + takes, kind, what});
  };
  for (std::int64_t day = day_floor(from) - 7; day <= day_floor(until); ++day) {
    if (device.recalibration)
      add(day, device.recalibration->minute_of_day, device.recalibration->takes, Window::Kind::recalibration,
          "recalibration");
    for (const Maintenance& each : device.maintenance) {
      if (weekday_of(day) == static_cast<std::int64_t>(each.day))
        add(day, each.minute_of_day, each.takes, Window::Kind::maintenance, each.what);
    }
  }
  std::ranges::stable_sort(found, {}, [](const Window& window) { return std::pair(window.begin, window.end); });
  return found;
}

std::optional<Instant> serves_from(const Device& device, Instant at) {
  Instant free = at;
  for (const Window& window : windows(device, at, at + days(8))) {
    if (free < window.begin) break;
    free = std::max(free, window.end);
  }
  if (at + days(8) <= free) return std::nullopt;
  return free;
}

Instant recalibrated_at(const Device& device, Instant at) {
  if (!device.recalibration) return Instant(0);
  const Recalibration& daily = *device.recalibration;
  for (std::int64_t day = day_floor(at);; --day) {
    const Instant end = Instant(day * day_ms + daily.minute_of_day * minute_ms) + daily.takes;
    if (end <= at) return end;
  }
}

}  // namespace mingyue::qpu
