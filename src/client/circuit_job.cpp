#include "client/circuit_job.hpp"

namespace mingyue::client {

bool is_circuit(const std::string& file, const std::string& text) {
  if (file.ends_with(".qasm")) return true;
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text.compare(first, 8, "OPENQASM") == 0;
}

Expected<Submission> circuit_job(const std::string& text, const std::string& name, const CircuitFields& fields) {
  auto document = formats::circuit_document(text, fields);
  if (!document && document.error().code == "unbound-parameter")
    return refuse("unbound-parameter", document.error().field, say("circuit.parameters"),
                  say("circuit.parameters.hint"));
  if (!document) return Unexpected<Refusal>(document.error());
  return Submission{.document = std::move(*document), .content_type = "application/yaml", .name = name};
}

}  // namespace mingyue::client
