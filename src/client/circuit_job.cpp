#include "client/circuit_job.hpp"

#include <fmt/format.h>

#include "quantum/qasm.hpp"

namespace mingyue::client {

bool is_circuit(const std::string& file, const std::string& text) {
  if (file.ends_with(".qasm")) return true;
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text.compare(first, 8, "OPENQASM") == 0;
}

Expected<Submission> circuit_job(const std::string& text, const std::string& name, const CircuitFields& fields) {
  const auto circuit = quantum::read_qasm(text);
  if (!circuit) {
    Refusal refusal = circuit.error();
    if (const auto line = parse_integer(refusal.field.substr(0, refusal.field.find(':')), 1, INT32_MAX))
      refusal.line = static_cast<int>(*line);
    return Unexpected<Refusal>(std::move(refusal));
  }
  if (!circuit->parameters.empty())
    return refuse("unbound-parameter", circuit->parameters.front(), say("circuit.parameters"),
                  say("circuit.parameters.hint"));
  std::string command = fmt::format("mingyue circuit run --shots {}", fields.shots);
  if (fields.seed != 0) command += fmt::format(" --seed {}", fields.seed);
  std::string qpu = fmt::format("{{qubits: {}", circuit->qubits);
  if (!fields.device.empty()) qpu += ", device: " + quoted(fields.device);
  if (!fields.prefer.empty()) qpu += ", prefer: " + quoted(fields.prefer);
  qpu += "}";
  Submission submission{.content_type = "application/yaml", .name = name};
  submission.document = fmt::format(
      "kind: quantum\ncores: 1\nwall: 1d\nqpu: {}\nretry: {{attempts: 3, delay: 30s, on-exit: false}}\nscript: {}\n",
      qpu, quoted("#!/usr/bin/env -S " + command + "\n" + text));
  return submission;
}

}  // namespace mingyue::client
