#include "quantum/circuit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/invariant.hpp"
#include "base/text.hpp"

namespace mingyue::quantum {
namespace {

Expected<void> check_gate(const Circuit& circuit, const GateUse& use) {
  const GateFacts& facts = facts_of(use.gate);
  if (use.controls < 0 || use.controls > controls_max) {
    return refuse("bad-circuit", {},
                  fmt::format("{} controls on a gate; 0 to {} are possible", use.controls, controls_max));
  }
  if (static_cast<int>(use.qubits.size()) != use.controls + facts.qubits) {
    return refuse("bad-circuit", {}, fmt::format("gate {} on {} qubits", facts.name, use.qubits.size()));
  }
  if (static_cast<int>(use.angles.size()) != facts.angles) {
    return refuse("bad-circuit", {}, fmt::format("gate {} with {} angles", facts.name, use.angles.size()));
  }
  if ((use.negative >> use.controls) != 0) {
    return refuse("bad-circuit", {}, fmt::format("gate {}: a control that it has not is negative", facts.name));
  }
  for (std::size_t i = 0; i < use.qubits.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (use.qubits[i] == use.qubits[k]) {
        return refuse("bad-circuit", {}, fmt::format("gate {}: qubit {} twice", facts.name, use.qubits[i]));
      }
    }
  }
  for (const Expression& angle : use.angles) {
    if (angle.parameters_end() > circuit.parameters.size()) {
      return refuse("bad-circuit", {}, fmt::format("gate {}: a parameter that is not declared", facts.name));
    }
    if (angle.is_number() && !std::isfinite(angle.number())) {
      return refuse("bad-circuit", {}, fmt::format("gate {}: an angle that is no finite number", facts.name));
    }
  }
  return {};
}

struct Checker {
  const Circuit& circuit;

  Expected<void> qubit(Qubit qubit) const {
    if (qubit >= 0 && qubit < circuit.qubits) return {};
    return refuse("bad-circuit", {}, fmt::format("qubit {} of {}", qubit, circuit.qubits));
  }
  Expected<void> bits(Bit first, int count) const {
    if (count >= 1 && count <= 64 && first >= 0 && first <= circuit.bits - count) return {};
    return refuse("bad-circuit", {}, fmt::format("{} bits from {} of {}", count, first, circuit.bits));
  }
  Expected<void> expression(const BitExpression& expression) const {
    for (const auto& step : expression.steps()) {
      if (step.operation == BitOperation::bits) CHECK_OK(bits(step.first, step.count));
    }
    return {};
  }
  Expected<void> operator()(const GateUse& use) const {
    CHECK_OK(check_gate(circuit, use));
    for (const Qubit each : use.qubits) CHECK_OK(qubit(each));
    return {};
  }
  Expected<void> operator()(const Measurement& measurement) const {
    if (measurement.bit != no_bit) CHECK_OK(bits(measurement.bit, 1));
    return qubit(measurement.qubit);
  }
  Expected<void> operator()(const Reset& reset) const { return qubit(reset.qubit); }
  Expected<void> operator()(const Barrier& barrier) const {
    for (const Qubit each : barrier.qubits) CHECK_OK(qubit(each));
    return {};
  }
  Expected<void> operator()(const Assignment& assignment) const {
    CHECK_OK(bits(assignment.first, assignment.count));
    return expression(assignment.value);
  }
  Expected<void> operator()(const Branch& branch) const {
    CHECK_OK(expression(branch.condition));
    CHECK_OK(all(branch.then));
    return all(branch.otherwise);
  }
  Expected<void> all(const std::vector<Instruction>& body) const {
    for (const Instruction& instruction : body) CHECK_OK(std::visit(*this, instruction.what));
    return {};
  }
};

Expected<void> bind_body(std::vector<Instruction>& body, std::span<const double> values) {
  for (Instruction& instruction : body) {
    if (auto* use = std::get_if<GateUse>(&instruction.what)) {
      for (Expression& angle : use->angles) {
        if (angle.is_number()) continue;
        const double value = angle.evaluate(values);
        if (!std::isfinite(value)) {
          return refuse(
              "unbound-parameter", {},
              fmt::format("with these parameters an angle of gate {} is no finite number", facts_of(use->gate).name));
        }
        angle = value;
      }
    } else if (auto* branch = std::get_if<Branch>(&instruction.what)) {
      CHECK_OK(bind_body(branch->then, values));
      CHECK_OK(bind_body(branch->otherwise, values));
    }
  }
  return {};
}

struct Sizer {
  CircuitSize size;
  std::vector<std::int64_t> qubit_depth;
  std::vector<std::int64_t> bit_depth;

  void chain(std::span<const Qubit> qubits, std::span<const Bit> bits, std::int64_t before) {
    std::int64_t depth = before;
    for (const Qubit qubit : qubits) depth = std::max(depth, qubit_depth[static_cast<std::size_t>(qubit)]);
    for (const Bit bit : bits) depth = std::max(depth, bit_depth[static_cast<std::size_t>(bit)]);
    ++depth;
    for (const Qubit qubit : qubits) qubit_depth[static_cast<std::size_t>(qubit)] = depth;
    for (const Bit bit : bits) bit_depth[static_cast<std::size_t>(bit)] = depth;
    size.depth = std::max(size.depth, depth);
  }
  void all(const std::vector<Instruction>& body, std::int64_t before) {
    for (const Instruction& instruction : body) {
      if (const auto* use = std::get_if<GateUse>(&instruction.what)) {
        ++size.gates;
        if (use->qubits.size() > 1) ++size.gates_of_several;
        if (!use->qubits.empty()) chain(use->qubits, {}, before);
      } else if (const auto* measurement = std::get_if<Measurement>(&instruction.what)) {
        ++size.measurements;
        if (measurement->bit == no_bit) {
          chain({&measurement->qubit, 1}, {}, before);
        } else {
          chain({&measurement->qubit, 1}, {&measurement->bit, 1}, before);
        }
      } else if (const auto* reset = std::get_if<Reset>(&instruction.what)) {
        ++size.resets;
        chain({&reset->qubit, 1}, {}, before);
      } else if (const auto* branch = std::get_if<Branch>(&instruction.what)) {
        ++size.branches;
        std::int64_t known = before;
        branch->condition.for_each_bit(
            [&](Bit bit) { known = std::max(known, bit_depth[static_cast<std::size_t>(bit)]); });
        all(branch->then, known);
        all(branch->otherwise, known);
      }
    }
  }
};

}  // namespace

bool operator==(const Branch& a, const Branch& b) {
  return a.condition == b.condition && a.then == b.then && a.otherwise == b.otherwise;
}

Qubit Circuit::add_qubits(std::string name, int size) {
  qubit_registers.push_back({std::move(name), qubits, size, false});
  qubits += size;
  return qubits - size;
}

Bit Circuit::add_bits(std::string name, int size, bool local) {
  bit_registers.push_back({std::move(name), bits, size, local});
  bits += size;
  return bits - size;
}

Expression Circuit::add_parameter(std::string name) {
  parameters.push_back(std::move(name));
  return Expression::parameter(static_cast<std::uint32_t>(parameters.size() - 1));
}

Circuit& Circuit::apply(Gate gate, std::vector<Qubit> on, std::vector<Expression> angles) {
  body.push_back({GateUse{gate, 0, 0, std::move(on), std::move(angles)}});
  return *this;
}

Circuit& Circuit::apply_controlled(Gate gate, std::vector<Qubit> controls, const std::vector<Qubit>& on,
                                   std::vector<Expression> angles) {
  const int count = static_cast<int>(controls.size());
  controls.insert(controls.end(), on.begin(), on.end());
  body.push_back({GateUse{gate, count, 0, std::move(controls), std::move(angles)}});
  return *this;
}

Circuit& Circuit::measure(Qubit qubit, Bit bit) {
  body.push_back({Measurement{qubit, bit}});
  return *this;
}

Circuit& Circuit::reset(Qubit qubit) {
  body.push_back({Reset{qubit}});
  return *this;
}

Circuit& Circuit::measure_all() {
  const Bit first = bits == 0 ? add_bits("c", qubits) : 0;
  INVARIANT(bits >= qubits, "{} bits for {} qubits", bits, qubits);
  for (Qubit qubit = 0; qubit < qubits; ++qubit) measure(qubit, first + qubit);
  return *this;
}

Expected<void> check_circuit(const Circuit& circuit) { return Checker{circuit}.all(circuit.body); }

Expected<Circuit> bind_parameters(const Circuit& circuit, std::span<const double> values) {
  if (values.size() != circuit.parameters.size()) {
    return refuse(
        "unbound-parameter", {}, fmt::format("{} values for {} parameters", values.size(), circuit.parameters.size()),
        circuit.parameters.empty()
            ? "the circuit has no parameters"
            : "give one value for each of: " + shown(fmt::format("{}", fmt::join(circuit.parameters, ", ")), 200));
  }
  Circuit bound = circuit;
  CHECK_OK(bind_body(bound.body, values));
  bound.parameters.clear();
  return bound;
}

std::vector<GateUse> invert(const GateUse& use) {
  GateUse inverse = use;
  switch (use.gate) {
    case Gate::u:
    case Gate::u3:
      inverse.angles = {-use.angles[0], -use.angles[2], -use.angles[1]};
      return {inverse};
    case Gate::u2:
      // The inverse of u3(π/2, φ, λ) is u3(-π/2, -λ, -φ), which no u2 is, global phase included.
      inverse.gate = Gate::u3;
      inverse.angles = {-std::numbers::pi / 2, -use.angles[1], -use.angles[0]};
      return {inverse};
    case Gate::iswap: {
      // iswap = swap · cz · (s ⊗ s), and the three commute.
      const auto qubit = [&](std::size_t i) { return use.qubits[use.qubits.size() - 2 + i]; };
      const auto controlled = [&](Gate gate, std::vector<Qubit> more) {
        GateUse part{gate, use.controls, use.negative, {use.qubits.begin(), use.qubits.end() - 2}, {}};
        part.qubits.insert(part.qubits.end(), more.begin(), more.end());
        return part;
      };
      GateUse cz = controlled(Gate::z, {qubit(0), qubit(1)});
      ++cz.controls;
      return {controlled(Gate::swap, {qubit(0), qubit(1)}), cz, controlled(Gate::sdg, {qubit(0)}),
              controlled(Gate::sdg, {qubit(1)})};
    }
    default:
      inverse.gate = inverse_name(use.gate);
      for (Expression& angle : inverse.angles) angle = -angle;
      return {inverse};
  }
}

CircuitSize size_of(const Circuit& circuit) {
  Sizer sizer;
  sizer.qubit_depth.resize(static_cast<std::size_t>(circuit.qubits));
  sizer.bit_depth.resize(static_cast<std::size_t>(circuit.bits));
  sizer.all(circuit.body, 0);
  return sizer.size;
}

}  // namespace mingyue::quantum
