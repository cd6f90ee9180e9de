#include "qpu/transpile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "qpu/decompose.hpp"
#include "qpu/layout.hpp"
#include "qpu/native.hpp"
#include "qpu/peephole.hpp"

namespace mingyue::qpu {
namespace {

constexpr int effort_max = 100;

void count_measured(const std::vector<Step>& steps, std::vector<int>& measured) {
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::measure) ++measured[static_cast<std::size_t>(step.a)];
    if (step.kind != Step::Kind::classical) continue;
    count_measured(step.classical->then, measured);
    count_measured(step.classical->otherwise, measured);
  }
}

Unexpected<Refusal> refuse_limit(const Device& device, std::string field, std::string_view what, std::int64_t has,
                                 std::int64_t most) {
  return refuse("device-limit", std::move(field),
                fmt::format("{} {}; device {} takes {}", has, what, device.name, most),
                "a smaller circuit, or another device");
}

}  // namespace

Expected<Transpiled> transpile(const quantum::Circuit& circuit, const Device& device, const Calibration& calibration,
                               const TranspileOptions& options) {
  CHECK_OK(quantum::check_circuit(circuit));
  CHECK_OK(check_calibration(device, calibration));
  if (options.effort < 0 || options.effort > effort_max)
    return refuse("out-of-range", "effort", fmt::format("an effort of {}", options.effort),
                  fmt::format("0 to {}", effort_max));
  if (circuit.qubits > device.qubits) return refuse_limit(device, "qubits", "qubits", circuit.qubits, device.qubits);

  const Decomposed decomposed = decompose(circuit);
  const std::vector<Step> logical = simplify(decomposed.steps, circuit.qubits, true);
  const CouplingMap map(device, calibration);
  std::vector<int> measured(static_cast<std::size_t>(circuit.qubits));
  count_measured(logical, measured);
  Prng prng = Prng(options.seed).split("layout");
  const bool all_meet = device.coupling.shape == Coupling::Shape::all_to_all;
  const Layout initial = find_layout(interactions(logical), measured, map, all_meet ? 0 : options.effort, prng);
  Layout layout = initial;
  std::vector<Step> placed;
  prng = Prng(options.seed).split("route");
  const Route routed = route(Dependencies(logical), map, layout, prng, &logical, &placed);
  placed = simplify(placed, device.qubits, true);
  placed = simplify(expand(placed, device.entangler), device.qubits, true);
  if (device.entangler == Entangler::rxx || device.entangler == Entangler::rzz)
    placed = simplify(placed, device.qubits, true);

  Transpiled made;
  made.circuit.add_qubits("q", device.qubits);
  made.circuit.bit_registers = circuit.bit_registers;
  made.circuit.bits = circuit.bits;
  made.circuit.parameters = circuit.parameters;
  made.circuit.body = to_native(placed, device, pairs_of(device));
  made.device = device.name;
  made.calibration_id = calibration.id;
  made.seed = options.seed;
  for (Qubit qubit = 0; qubit < circuit.qubits; ++qubit) {
    made.initial_layout.push_back(initial.place(qubit));
    made.final_layout.push_back(layout.place(decomposed.ends[static_cast<std::size_t>(qubit)]));
  }
  made.exchanges = routed.swaps;
  appraise(made, device, calibration);
  CHECK_OK(check_limits(made, device, 1));
  return made;
}

Expected<void> check_limits(const Transpiled& made, const Device& device, std::int64_t shots) {
  if (made.gates > device.limits.gates) return refuse_limit(device, "gates", "gates", made.gates, device.limits.gates);
  if (made.depth > device.limits.depth) return refuse_limit(device, "depth", "layers", made.depth, device.limits.depth);
  if (shots < 1) return refuse("out-of-range", "shots", fmt::format("{} shots", shots), "at least 1");
  if (shots > device.limits.shots) return refuse_limit(device, "shots", "shots", shots, device.limits.shots);
  return {};
}

}  // namespace mingyue::qpu
