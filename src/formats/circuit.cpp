#include "formats/circuit.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "formats/json.hpp"
#include "quantum/qasm.hpp"

namespace mingyue::formats {

namespace {

/// As a scalar of YAML.
std::string quoted(std::string_view text) { return write_json(std::string(text), JsonStyle::api); }

}  // namespace

Expected<std::string> circuit_document(std::string_view text, const CircuitFields& fields) {
  const auto circuit = quantum::read_qasm(text);
  if (!circuit) {
    Refusal refusal = circuit.error();
    if (const auto line = parse_integer(refusal.field.substr(0, refusal.field.find(':')), 1, INT32_MAX))
      refusal.line = static_cast<int>(*line);
    return Unexpected<Refusal>(std::move(refusal));
  }
  if (!circuit->parameters.empty()) {
    return refuse("unbound-parameter", circuit->parameters.front(), "the circuit has parameters without values",
                  "give them values in the text, or run it from a program (docs/hybrid-programs.md)");
  }
  std::string command = fmt::format("mingyue circuit run --shots {}", fields.shots);
  if (fields.seed != 0) command += fmt::format(" --seed {}", fields.seed);
  std::string qpu = fmt::format("{{qubits: {}", circuit->qubits);
  if (!fields.device.empty()) qpu += ", device: " + quoted(fields.device);
  if (!fields.prefer.empty()) qpu += ", prefer: " + quoted(fields.prefer);
  qpu += "}";
  return fmt::format(
      "kind: quantum\ncores: 1\nwall: 1d\nqpu: {}\nretry: {{attempts: 3, delay: 30s, on-exit: false}}\nscript: {}\n",
      qpu, quoted("#!/usr/bin/env -S " + command + "\n" + std::string(text)));
}

}  // namespace mingyue::formats
