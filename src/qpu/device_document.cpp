#include "qpu/device_document.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "model/document_reader.hpp"

namespace mingyue::qpu {
namespace {

using model::FieldReader;
using model::Refusals;

constexpr std::size_t pairs_max = 1'000'000;
constexpr std::size_t maintenance_max = 100;
constexpr std::int64_t count_max = 1'000'000'000'000;

/// A decimal number from `min` to `max`; nothing, and a refusal, otherwise.
std::optional<double> number(FieldReader& fields, std::string_view name, double min, double max, bool required = true) {
  if (required) fields.require(name, "write a number, 0.015 for example");
  const Tree* at = fields.get(name);
  if (at == nullptr) return std::nullopt;
  double value = 0;
  const char* const end = at->scalar.data() + at->scalar.size();
  const auto [stop, error] = std::from_chars(at->scalar.data(), end, value);
  if (!at->is_scalar() || error != std::errc{} || stop != end || !std::isfinite(value)) {
    fields.refuse(name, "bad-value",
                  fmt::format("{} is {}, it should be a number", fields.path_of(name), describe(*at)),
                  fmt::format("{} to {}", min, max));
    return std::nullopt;
  }
  if (value < min || value > max) {
    fields.refuse(name, "out-of-range", fmt::format("{} is {}", fields.path_of(name), value),
                  fmt::format("{} to {}", min, max));
    return std::nullopt;
  }
  return value;
}

std::int64_t count(FieldReader& fields, std::string_view name, std::int64_t min) {
  fields.require(name, "write a whole number");
  return fields.integer(name, min, count_max).value_or(min);
}

/// `04:00` as minutes of a day.
int minute_of_day(FieldReader& fields, std::string_view name) {
  fields.require(name, "write a time of day in UTC, 04:00 for example");
  const auto text = fields.text(name, 16);
  if (!text) return 0;
  const bool shape = text->size() == 5 && (*text)[2] == ':' &&
                     text->find_first_not_of("0123456789:") == std::string::npos && text->rfind(':') == 2;
  const int hour = shape ? ((*text)[0] - '0') * 10 + (*text)[1] - '0' : 24;
  const int minute = shape ? ((*text)[3] - '0') * 10 + (*text)[4] - '0' : 60;
  if (hour < 24 && minute < 60) return hour * 60 + minute;
  fields.refuse(name, "bad-value", fmt::format("{} is \"{}\", no time of day", fields.path_of(name), shown(*text)),
                "00:00 to 23:59, in UTC");
  return 0;
}

std::string print_minute(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

/// What a document says of itself in whole milliseconds, in the form that is read.
std::string print_takes(Duration takes) {
  return takes.raw() % 60'000 == 0 ? fmt::format("{}m", takes.raw() / 60'000) : fmt::format("{}ms", takes.raw());
}

/// A scalar in double quotes, whatever it holds.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// Reads the document section by section.
class DeviceReader {
 public:
  explicit DeviceReader(const Tree& document) : document_(document), root_(document, "", refusals_) {}

  Expected<Device, std::vector<Refusal>> read() {
    if (document_.is_map()) {
      root_.require("name", "give it a name");
      device_.name = root_.name("name").value_or("");
      root_.require("technology", one_of(enum_words<Technology>()));
      device_.technology = root_.word<Technology>("technology").value_or(Technology::superconducting);
      device_.simulated = root_.flag("simulated").value_or(false);
      device_.description = root_.text("description").value_or("");
      device_.source = root_.text("source").value_or("");
      read_coupling();
      root_.require("qubits", "write how many");
      device_.qubits = root_.small_integer("qubits", 1, device_qubits_max).value_or(0);
      read_gates();
      section("times", true, [&](FieldReader& fields) {
        device_.times = {count(fields, "one-qubit-ns", 0),     count(fields, "two-qubit-ns", 0),
                         count(fields, "readout-ns", 0),       count(fields, "reset-ns", 0),
                         count(fields, "between-shots-ns", 0), count(fields, "circuit-ms", 0)};
      });
      section("limits", true, [&](FieldReader& fields) {
        device_.limits = {count(fields, "shots", 1), count(fields, "circuits", 1), count(fields, "gates", 1),
                          count(fields, "depth", 1)};
      });
      section("recalibration", false, [&](FieldReader& fields) {
        device_.recalibration = {minute_of_day(fields, "at"), takes(fields, days(1))};
      });
      read_maintenance();
      section("typical", false, [&](FieldReader& fields) { read_typical(fields); });
      root_.finish();
    }
    std::vector<Refusal> all = refusals_.take();
    if (all.empty()) {
      const auto checked = check_device(device_);
      if (checked) return std::move(device_);
      all.push_back(checked.error());
      locate(all, document_);
    }
    return std::unexpected(std::move(all));
  }

 private:
  template <class Read>
  void section(std::string_view name, bool required, Read read) {
    if (required) root_.require(name, "add the section");
    const Tree* at = root_.get(name);
    if (at == nullptr) return;
    FieldReader fields(*at, std::string(name), refusals_);
    if (!at->is_map()) return;
    read(fields);
    fields.finish();
  }

  Duration takes(FieldReader& fields, Duration most) {
    fields.require("takes", "write how long, 60m for example");
    const Duration value = fields.duration("takes").value_or(minutes(1));
    if (value > most || value < milliseconds(1)) {
      fields.refuse("takes", "out-of-range", fmt::format("{} is {}", fields.path_of("takes"), print_duration(value)),
                    "at most " + print_duration(most));
    }
    return value;
  }

  std::vector<Pair> pairs(FieldReader& fields, std::string_view name) {
    std::vector<Pair> found;
    const auto items = fields.list(name, pairs_max);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Tree& item = *items[i];
      const std::string path = fmt::format("{}[{}]", fields.path_of(name), i);
      std::optional<std::int64_t> ends[2];
      for (std::size_t k = 0; k < 2 && item.is_list() && item.items.size() == 2; ++k) {
        const auto value = parse_integer(item.items[k].scalar, 0, device_qubits_max - 1);
        if (item.items[k].is_scalar() && value) ends[k] = *value;
      }
      if (!ends[0] || !ends[1]) {
        refusals_.add("bad-value", path, fmt::format("{} is {}, no pair of qubits", path, describe(item)),
                      "write [0, 1]", item.line);
        return found;
      }
      found.emplace_back(static_cast<Qubit>(*ends[0]), static_cast<Qubit>(*ends[1]));
    }
    return found;
  }

  void read_coupling() {
    root_.require("coupling", "all-to-all, {grid: ...}, {heavy-hex: ...} or {pairs: ...}");
    const Tree* at = root_.get("coupling");
    if (at == nullptr) return;
    Coupling& coupling = device_.coupling;
    if (at->is_scalar()) {
      if (at->scalar == "all-to-all") {
        coupling.shape = Coupling::Shape::all_to_all;
      } else {
        root_.refuse("coupling", "bad-value", fmt::format("coupling is {}", describe(*at)),
                     "all-to-all, {grid: ...}, {heavy-hex: ...} or {pairs: ...}");
      }
      return;
    }
    FieldReader fields(*at, "coupling", refusals_);
    if (!at->is_map()) return;
    const auto lattice = [&](std::string_view name, Coupling::Shape shape, std::int32_t least) {
      const Tree* shape_at = fields.get(name);
      if (shape_at == nullptr) return;
      coupling.shape = shape;
      FieldReader sizes(*shape_at, fields.path_of(name), refusals_);
      sizes.require("rows", "write how many");
      sizes.require("columns", "write how many");
      coupling.rows = sizes.small_integer("rows", least, 1'000).value_or(least);
      coupling.columns = sizes.small_integer("columns", least, 1'000).value_or(least);
      sizes.finish();
    };
    lattice("grid", Coupling::Shape::grid, 1);
    lattice("heavy-hex", Coupling::Shape::heavy_hex, 3);
    if (fields.has("pairs")) coupling.pairs = pairs(fields, "pairs");
    if (fields.has("without")) coupling.without = pairs(fields, "without");
    const int shapes = (fields.has("grid") ? 1 : 0) + (fields.has("heavy-hex") ? 1 : 0) + (fields.has("pairs") ? 1 : 0);
    fields.finish();
    if (shapes != 1) {
      root_.refuse("coupling", shapes == 0 ? "missing-field" : "not-allowed",
                   fmt::format("coupling names {} shapes", shapes), "one of grid, heavy-hex and pairs");
    }
  }

  void read_gates() {
    root_.require("gates", "[rz, sx, x, cz] for example");
    const auto items = root_.list("gates", 16);
    if (items.empty()) return;
    std::vector<std::string> names;
    for (const Tree* item : items) names.push_back(item->scalar);
    const auto take = [&](std::string_view name) { return std::erase(names, name) > 0; };
    // A machine that has no rz of its own has it all the same: as a change of the frame.
    bool good = take("rz");
    const bool sx = take("sx"), x = take("x"), rx = take("rx"), ry = take("ry");
    good = good && (sx ? x && !rx && !ry : rx && ry && !x);
    device_.turns = sx ? Turns::sx : Turns::rx_ry;
    std::optional<Entangler> entangler;
    if (names.size() == 1) entangler = enum_from_word<Entangler>(names[0]);
    if (!good || !entangler) {
      root_.refuse("gates", "bad-value", "gates that circuits are not made of here",
                   "rz; sx and x, or rx and ry; and one of " + one_of(enum_words<Entangler>()));
      return;
    }
    device_.entangler = *entangler;
  }

  void read_maintenance() {
    const auto items = root_.list("maintenance", maintenance_max);
    for (std::size_t i = 0; i < items.size(); ++i) {
      FieldReader fields(*items[i], fmt::format("maintenance[{}]", i), refusals_);
      if (!items[i]->is_map()) continue;
      fields.require("day", one_of(enum_words<Weekday>()));
      Maintenance each{.day = fields.word<Weekday>("day").value_or(Weekday::monday),
                       .minute_of_day = minute_of_day(fields, "at"),
                       .takes = takes(fields, days(6)),
                       .what = fields.text("what", 200).value_or("maintenance")};
      fields.finish();
      device_.maintenance.push_back(std::move(each));
    }
  }

  void read_typical(FieldReader& fields) {
    const auto figure = [&](std::string_view name, double most) {
      Typical typical;
      fields.require(name, "{median: 0.001, spread: 0.3, drift: 0.1} for example");
      const Tree* at = fields.get(name);
      if (at == nullptr) return typical;
      FieldReader parts(*at, fields.path_of(name), refusals_);
      if (!at->is_map()) return typical;
      typical.median = number(parts, "median", 1e-9, most).value_or(0);
      typical.spread = number(parts, "spread", 0, 2, false).value_or(0);
      typical.drift = number(parts, "drift", 0, 2, false).value_or(0);
      parts.finish();
      return typical;
    };
    constexpr double t_us_max = 1e10;
    TypicalFigures typical;
    typical.t1_us = figure("t1-us", t_us_max);
    typical.t2_us = figure("t2-us", t_us_max);
    typical.one_qubit_error = figure("one-qubit-error", 0.5);
    typical.two_qubit_error = figure("two-qubit-error", 0.75);
    typical.reads_0_as_1 = figure("reads-0-as-1", 0.5);
    typical.reads_1_as_0 = figure("reads-1-as-0", 0.5);
    device_.typical = typical;
  }

  const Tree& document_;
  Refusals refusals_;
  FieldReader root_;
  Device device_;
};

std::string print_pairs(const std::vector<Pair>& pairs) {
  std::string text = "[";
  for (const auto& [a, b] : pairs) text += fmt::format("{}[{}, {}]", text.size() > 1 ? ", " : "", a, b);
  return text + "]";
}

std::string print_coupling(const Coupling& coupling) {
  std::string shape;
  switch (coupling.shape) {
    case Coupling::Shape::all_to_all:
      return "all-to-all";
    case Coupling::Shape::grid:
      shape = fmt::format("grid: {{rows: {}, columns: {}}}", coupling.rows, coupling.columns);
      break;
    case Coupling::Shape::heavy_hex:
      shape = fmt::format("heavy-hex: {{rows: {}, columns: {}}}", coupling.rows, coupling.columns);
      break;
    case Coupling::Shape::pairs:
      shape = "pairs: " + print_pairs(coupling.pairs);
      break;
  }
  if (!coupling.without.empty()) shape += ", without: " + print_pairs(coupling.without);
  return "{" + shape + "}";
}

}  // namespace

Expected<Device, std::vector<Refusal>> read_device(const Tree& document) { return DeviceReader(document).read(); }

std::string write_device(const Device& device) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{}: {}\n", name, value);
  };
  line("name", device.name);
  line("technology", enum_word(device.technology));
  line("simulated", device.simulated ? "true" : "false");
  if (!device.description.empty()) line("description", quoted(device.description));
  if (!device.source.empty()) line("source", quoted(device.source));
  line("qubits", std::to_string(device.qubits));
  line("coupling", print_coupling(device.coupling));
  line("gates", fmt::format("[{}]", fmt::join(native_gates(device), ", ")));
  const Times& t = device.times;
  line("times",
       fmt::format("{{one-qubit-ns: {}, two-qubit-ns: {}, readout-ns: {}, reset-ns: {}, between-shots-ns: {}, "
                   "circuit-ms: {}}}",
                   t.one_qubit_ns, t.two_qubit_ns, t.readout_ns, t.reset_ns, t.between_shots_ns, t.circuit_ms));
  const Limits& l = device.limits;
  line("limits",
       fmt::format("{{shots: {}, circuits: {}, gates: {}, depth: {}}}", l.shots, l.circuits, l.gates, l.depth));
  if (device.recalibration) {
    line("recalibration", fmt::format("{{at: \"{}\", takes: {}}}", print_minute(device.recalibration->minute_of_day),
                                      print_takes(device.recalibration->takes)));
  }
  if (!device.maintenance.empty()) {
    text += "maintenance:\n";
    for (const Maintenance& each : device.maintenance) {
      text += fmt::format("  - {{day: {}, at: \"{}\", takes: {}, what: {}}}\n", enum_word(each.day),
                          print_minute(each.minute_of_day), print_takes(each.takes), quoted(each.what));
    }
  }
  if (device.typical) {
    text += "typical:\n";
    const auto figure = [&](std::string_view name, const Typical& typical) {
      text += fmt::format("  {}: {{median: {}, spread: {}, drift: {}}}\n", name, typical.median, typical.spread,
                          typical.drift);
    };
    figure("t1-us", device.typical->t1_us);
    figure("t2-us", device.typical->t2_us);
    figure("one-qubit-error", device.typical->one_qubit_error);
    figure("two-qubit-error", device.typical->two_qubit_error);
    figure("reads-0-as-1", device.typical->reads_0_as_1);
    figure("reads-1-as-0", device.typical->reads_1_as_0);
  }
  return text;
}

Expected<Calibration, std::vector<Refusal>> read_calibration(const Tree& document, const Device& device) {
  Refusals refusals;
  Calibration calibration;
  FieldReader root(document, "", refusals);
  if (document.is_map()) {
    root.require("id", "write the calibration's id");
    calibration.id = root.text("id", 200).value_or("");
    root.require("calibrated", "write an instant, 2026-12-01T04:00:00Z");
    calibration.calibrated = root.instant("calibrated").value_or(Instant(0));
    calibration.holds_at = root.instant("holds-at").value_or(calibration.calibrated);
    const auto each = [&](std::string_view list, std::size_t most, auto read) {
      const auto items = root.list(list, most);
      for (std::size_t i = 0; i < items.size() && !refusals.full(); ++i) {
        FieldReader fields(*items[i], fmt::format("{}[{}]", list, i), refusals);
        if (!items[i]->is_map()) continue;
        read(fields);
        fields.finish();
      }
    };
    constexpr double t_us_max = 1e10;
    each("qubits", device_qubits_max, [&](FieldReader& fields) {
      calibration.qubits.push_back({.t1_us = number(fields, "t1-us", 1e-9, t_us_max).value_or(0),
                                    .t2_us = number(fields, "t2-us", 1e-9, t_us_max).value_or(0),
                                    .gate_error = number(fields, "gate-error", 0, 0.5).value_or(0),
                                    .reads_0_as_1 = number(fields, "reads-0-as-1", 0, 1).value_or(0),
                                    .reads_1_as_0 = number(fields, "reads-1-as-0", 0, 1).value_or(0)});
    });
    each("pairs", pairs_max, [&](FieldReader& fields) {
      fields.require("a", "write a qubit");
      fields.require("b", "write a qubit");
      const Qubit a = fields.small_integer("a", 0, device_qubits_max - 1).value_or(0);
      const Qubit b = fields.small_integer("b", 0, device_qubits_max - 1).value_or(0);
      calibration.pairs.push_back({a, b, number(fields, "gate-error", 0, 0.75).value_or(0)});
    });
    root.finish();
  }
  std::vector<Refusal> all = refusals.take();
  if (all.empty()) {
    const auto checked = check_calibration(device, calibration);
    if (checked) return calibration;
    all.push_back(checked.error());
    locate(all, document);
  }
  return std::unexpected(std::move(all));
}

std::string write_calibration(const Calibration& calibration) {
  std::string text = fmt::format("id: {}\ncalibrated: {}\nholds-at: {}\nqubits:\n", quoted(calibration.id),
                                 print_instant(calibration.calibrated), print_instant(calibration.holds_at));
  for (const auto& each : calibration.qubits) {
    text += fmt::format("  - {{t1-us: {}, t2-us: {}, gate-error: {}, reads-0-as-1: {}, reads-1-as-0: {}}}\n",
                        each.t1_us, each.t2_us, each.gate_error, each.reads_0_as_1, each.reads_1_as_0);
  }
  text += "pairs:\n";
  for (const auto& each : calibration.pairs)
    text += fmt::format("  - {{a: {}, b: {}, gate-error: {}}}\n", each.a, each.b, each.gate_error);
  return text;
}

}  // namespace mingyue::qpu
