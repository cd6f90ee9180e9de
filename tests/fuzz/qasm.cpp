// OpenQASM of either version: from any bytes to a circuit that keeps its promises, or to a refusal with its place.

#include "quantum/qasm.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  const auto text = fuzz::text_of(data, size);
  // Small bounds: a fuzzer finds the largest circuit that is allowed, and then does nothing else.
  const quantum::ReadLimits limits{
      .instructions_max = 20'000, .steps_max = 200'000, .qubits_max = 2'000, .bits_max = 5'000};
  const auto circuit = quantum::read_qasm(text, limits);
  if (!circuit) {
    fuzz::check_refusal(circuit.error(), text);
    return 0;
  }
  const auto checked = quantum::check_circuit(*circuit);
  fuzz::promise(checked.has_value(), "what is read is a circuit", checked ? "" : checked.error().message);
  (void)quantum::size_of(*circuit);
  for (const auto& written : {quantum::write_qasm3(*circuit), quantum::write_qasm2(*circuit)}) {
    if (!written) {
      fuzz::check_refusal(written.error(), {});
      continue;
    }
    const auto again = quantum::read_qasm(*written);
    fuzz::promise(again.has_value(), "what we write can be read", again ? "" : again.error().message + "\n" + *written);
    fuzz::promise(again->qubits == circuit->qubits && again->bits == circuit->bits, "and has as many bits", *written);
  }
  return 0;
}
