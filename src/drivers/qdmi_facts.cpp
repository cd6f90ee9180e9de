#include "drivers/qdmi_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "qpu/calibration.hpp"
#include "qpu/device_document.hpp"
#include "quantum/simulate.hpp"

namespace mingyue::drivers::qdmi {
namespace {

/// QDMI tells no limits. These are those of what we make of circuits.
constexpr std::int64_t circuits_max = 10'000;
constexpr std::int64_t gates_max = 1'000'000;

struct Named {
  Operation operation = nullptr;
  std::size_t qubits = 0;
};

Unexpected<Fault> contradiction(std::string what) { return fault("device-failed", std::move(what)); }

class Reading {
 public:
  explicit Reading(const Library& library) : library_(library) {}

  Expected<QdmiDevice, Fault> read(const std::string& name, Instant now) {
    made_.device.name = name;
    CHECK_OK(read_sites());
    CHECK_OK(read_coupling());
    CHECK_OK(read_operations());
    CHECK_OK(read_durations());
    CHECK_OK(read_formats());
    CHECK_OK(read_words());
    qpu::Device& device = made_.device;
    device.limits = {.shots = quantum::shots_max, .circuits = circuits_max, .gates = gates_max, .depth = gates_max};
    if (const auto good = qpu::check_device(device); !good)
      return contradiction(fmt::format("what the library tells of its device cannot be: {}", good.error().message));
    CHECK_OK(read_figures());
    if (const auto good = qpu::check_calibration(device, made_.calibration); !good)
      return contradiction(fmt::format("the figures that the library tells cannot be: {}", good.error().message));
    const std::string hash = print_hex(hash_of(qpu::write_calibration(made_.calibration)));
    made_.calibration.id = fmt::format("{}#{}", name, hash.substr(0, 12));
    made_.calibration.calibrated = now;
    made_.calibration.holds_at = now;
    return std::move(made_);
  }

 private:
  Expected<void, Fault> read_sites() {
    TRY(sites, library_.list<Site>(device_sites));
    if (!sites) return contradiction("the library tells no sites");
    for (const Site site : *sites) {
      TRY(zone, library_.value<bool>(site, site_is_zone));
      if (zone.value_or(false)) continue;
      number_of_[site] = static_cast<Qubit>(made_.sites.size());
      made_.sites.push_back(site);
    }
    made_.device.qubits = static_cast<int>(made_.sites.size());
    return {};
  }

  Expected<void, Fault> read_coupling() {
    qpu::Coupling& coupling = made_.device.coupling;
    TRY(map, library_.list<Site>(device_coupling_map));
    if (!map) {
      coupling.shape = qpu::Coupling::Shape::all_to_all;
      made_.device.technology = qpu::Technology::trapped_ion;
      return {};
    }
    if (map->size() % 2 != 0) return contradiction("a coupling map with half a pair");
    std::set<qpu::Pair> seen;
    for (std::size_t i = 0; i < map->size(); i += 2) {
      const auto a = number_of_.find((*map)[i]);
      const auto b = number_of_.find((*map)[i + 1]);
      if (a == number_of_.end() || b == number_of_.end())
        return contradiction("the coupling map names a site that is no qubit");
      // Many libraries list both directions; the first one counts.
      if (!seen.insert(std::minmax(a->second, b->second)).second) continue;
      coupling.pairs.emplace_back(a->second, b->second);
    }
    return {};
  }

  Expected<void, Fault> read_operations() {
    TRY(operations, library_.list<Operation>(device_operations));
    std::vector<std::string> names;
    for (const Operation operation : operations.value_or(std::vector<Operation>())) {
      TRY(name, library_.text(operation, operation_name));
      TRY(qubits, library_.value<std::size_t>(operation, {}, operation_qubits));
      if (!name) continue;
      operations_[*name] = {operation, qubits.value_or(0)};
      names.push_back(*name);
    }
    const auto has = [&](const char* name) { return operations_.contains(name); };
    qpu::Device& device = made_.device;
    const bool axes = has("rx") && has("ry");
    const bool quarters = has("sx") && has("x");
    device.turns = axes ? qpu::Turns::rx_ry : qpu::Turns::sx;
    turn_ = axes ? "rx" : "sx";
    for (const auto entangler : {qpu::Entangler::cz, qpu::Entangler::ecr, qpu::Entangler::rzz, qpu::Entangler::rxx}) {
      if (!has(enum_word(entangler).c_str()) || !entangler_.empty()) continue;
      device.entangler = entangler;
      entangler_ = enum_word(entangler);
    }
    if (!has("rz") || (!axes && !quarters) || (entangler_.empty() && device.qubits > 1))
      return fault(
          "no-device-library",
          fmt::format("the gates of the device are {}; needed are rz, either sx and x or rx and ry, and one of "
                      "cz, ecr, rxx and rzz",
                      names.empty() ? "not told" : fmt::format("{}", fmt::join(names, ", "))));
    for (const char* name : {"measure", "measurement", "readout", "m"})
      if (has(name) && readout_.empty()) readout_ = name;
    return {};
  }

  Expected<void, Fault> read_durations() {
    TRY(unit, library_.text(device_duration_unit));
    TRY(scale, library_.value<double>(device_duration_scale));
    static const std::map<std::string, double> ns_of{{"s", 1e9},  {"ms", 1e6}, {"us", 1e3},
                                                     {"µs", 1e3}, {"ns", 1},   {"ps", 1e-3}};
    const auto found = ns_of.find(unit.value_or("ns"));
    if (found == ns_of.end()) return contradiction(fmt::format("durations in the unit '{}'", shown(*unit)));
    ns_ = found->second * scale.value_or(1.0);
    if (!std::isfinite(ns_) || ns_ <= 0) return contradiction("durations with a scale that is not positive");
    qpu::Times& times = made_.device.times;
    TRY(one, duration_ns(turn_, {made_.sites[0]}));
    TRY(two, duration_ns(entangler_, first_pair()));
    TRY(readout, duration_ns(readout_, {made_.sites[0]}));
    times.one_qubit_ns = one;
    times.two_qubit_ns = two;
    times.readout_ns = readout;
    times.reset_ns = readout;
    return {};
  }

  Expected<void, Fault> read_formats() {
    TRY(formats, library_.list<int>(device_program_formats));
    if (formats) {
      made_.takes_qasm3 = std::find(formats->begin(), formats->end(), format_qasm3) != formats->end();
      made_.takes_qasm2 = std::find(formats->begin(), formats->end(), format_qasm2) != formats->end();
    } else {
      made_.takes_qasm2 = true;  // what most take; one that does not says so to the first job
    }
    if (!made_.takes_qasm2 && !made_.takes_qasm3)
      return fault("no-device-library", "the device takes neither OpenQASM 2 nor OpenQASM 3");
    return {};
  }

  Expected<void, Fault> read_words() {
    TRY(name, library_.text(device_name));
    TRY(version, library_.text(device_version));
    TRY(interface, library_.text(device_library_version));
    made_.device.description =
        fmt::format("{}, version {}", shown(name.value_or("unnamed"), 200), shown(version.value_or("unknown"), 40));
    made_.device.source = fmt::format("the device's QDMI library ({})", shown(interface.value_or("no version"), 40));
    return {};
  }

  Expected<void, Fault> read_figures() {
    for (const Site site : made_.sites) {
      qpu::Calibration::OfQubit& figures = made_.calibration.qubits.emplace_back();
      TRY(t1, library_.value<std::uint64_t>(site, site_t1));
      TRY(t2, library_.value<std::uint64_t>(site, site_t2));
      figures.t1_us = t1.value_or(0) > 0 ? static_cast<double>(*t1) * ns_ / 1e3 : qpu::coherence_unknown_us;
      figures.t2_us = t2.value_or(0) > 0 ? static_cast<double>(*t2) * ns_ / 1e3 : qpu::coherence_unknown_us;
      figures.t2_us = std::min(figures.t2_us, 2 * figures.t1_us);  // a little more is an error of its measurement
      TRY(gate, error_of(turn_, {site}));
      TRY(readout, error_of(readout_, {site}));
      figures.gate_error = gate;
      figures.reads_0_as_1 = readout;
      figures.reads_1_as_0 = readout;
    }
    for (const auto& [a, b] : qpu::pairs_of(made_.device)) {
      const Site first = made_.sites[static_cast<std::size_t>(a)];
      const Site second = made_.sites[static_cast<std::size_t>(b)];
      TRY(error, error_of(entangler_, {first, second}));
      made_.calibration.pairs.push_back({a, b, error});
    }
    return {};
  }

  /// 1 - fidelity of an operation there; 0 where the library does not tell it.
  Expected<double, Fault> error_of(const std::string& name, std::vector<Site> sites) {
    TRY(fidelity, told<double>(name, std::move(sites), operation_fidelity));
    return fidelity ? std::max(0.0, 1 - *fidelity) : 0.0;
  }

  Expected<std::int64_t, Fault> duration_ns(const std::string& name, std::vector<Site> sites) {
    TRY(duration, told<std::uint64_t>(name, std::move(sites), operation_duration));
    return duration ? std::llround(static_cast<double>(*duration) * ns_) : 0;
  }

  /// A property of an operation at these sites, at them the other way round, or wherever it is.
  template <class T>
  Expected<std::optional<T>, Fault> told(const std::string& name, std::vector<Site> sites, OperationProperty property) {
    const auto found = operations_.find(name);
    if (found == operations_.end()) return std::nullopt;
    TRY(here, library_.value<T>(found->second.operation, sites, property));
    if (here) return here;
    std::reverse(sites.begin(), sites.end());
    TRY(turned, library_.value<T>(found->second.operation, sites, property));
    if (turned) return turned;
    return library_.value<T>(found->second.operation, {}, property);
  }

  std::vector<Site> first_pair() const {
    if (made_.device.coupling.pairs.empty())
      return {made_.sites.begin(), made_.sites.begin() + std::min<std::ptrdiff_t>(made_.device.qubits, 2)};
    const auto& [a, b] = made_.device.coupling.pairs.front();
    return {made_.sites[static_cast<std::size_t>(a)], made_.sites[static_cast<std::size_t>(b)]};
  }

  using Qubit = qpu::Qubit;

  const Library& library_;
  QdmiDevice made_;
  std::map<Site, Qubit> number_of_;  // looked into, never walked
  std::map<std::string, Named> operations_;
  std::string turn_;
  std::string entangler_;
  std::string readout_;
  double ns_ = 1;  ///< in one of the device's own units
};

}  // namespace

Expected<QdmiDevice, Fault> read_device(const Library& library, const std::string& name, Instant now) {
  TRY(sites, library.list<Site>(device_sites));
  if (!sites || sites->empty()) return contradiction("the library tells no sites");
  return Reading(library).read(name, now);
}

Expected<DeviceStatus, Fault> read_status(const Library& library) {
  TRY(status, library.value<int>(device_status));
  if (!status) return DeviceStatus::idle;  // a library that tells none is there, at least
  if (*status < 0 || *status > static_cast<int>(DeviceStatus::calibration))
    return contradiction(fmt::format("the device's status is {}, which is none", *status));
  return static_cast<DeviceStatus>(*status);
}

}  // namespace mingyue::drivers::qdmi
