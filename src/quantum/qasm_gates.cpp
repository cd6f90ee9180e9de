#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/text.hpp"
#include "quantum/qasm_unroll.hpp"

namespace mingyue::quantum::qasm {
namespace {

constexpr int gates_deep_max = 60;
/// An integer power repeats its gate; more than this is refused before it is tried.
constexpr double repeats_max = 1e6;

/// Two bits' worth of amplitudes, to compare definitions with built-in gates.
using Small = std::array<Complex, 4>;

void apply_small(Small& state, const GateUse& use) {
  std::vector<double> angles;
  for (const Expression& angle : use.angles) angles.push_back(angle.number());
  const auto bit = [](std::size_t index, Qubit qubit) { return index >> static_cast<unsigned>(qubit) & 1; };
  const int own = facts_of(use.gate).qubits;
  Small next{};
  for (std::size_t from = 0; from < 4; ++from) {
    bool active = true;
    for (int i = 0; i < use.controls; ++i) {
      active = active && bit(from, use.qubits[static_cast<std::size_t>(i)]) != (use.negative >> i & 1);
    }
    if (!active) {
      next[from] += state[from];
    } else if (own == 0) {
      next[from] += state[from] * phase_of(angles[0]);
    } else if (own == 1) {
      const Matrix2 m = matrix2_of(use.gate, angles);
      const auto q = static_cast<unsigned>(use.qubits.back());
      const std::size_t in = from >> q & 1;
      for (std::size_t out = 0; out < 2; ++out)
        next[(from & ~(std::size_t{1} << q)) | out << q] += m[out * 2 + in] * state[from];
    } else {
      const Matrix4 m = matrix4_of(use.gate, angles);
      const auto a = static_cast<unsigned>(use.qubits[use.qubits.size() - 2]),
                 b = static_cast<unsigned>(use.qubits.back());
      const std::size_t in = bit(from, static_cast<Qubit>(a)) | bit(from, static_cast<Qubit>(b)) << 1;
      for (std::size_t out = 0; out < 4; ++out) next[(out & 1) << a | (out >> 1) << b] += m[out * 4 + in] * state[from];
    }
  }
  state = next;
}

}  // namespace

Expected<void> Unroller::emit(Place place, Instruction instruction) {
  std::size_t weight = 1;
  if (const auto* use = std::get_if<GateUse>(&instruction.what)) {
    weight += use->qubits.size() / 8;
    for (const Expression& angle : use->angles) {
      weight += angle.size() / 8;
      if (angle.is_number() && !std::isfinite(angle.number())) {
        return refuse_at("bad-circuit", place, "an angle that is no finite number");
      }
    }
    for (std::size_t i = 0; i < use->qubits.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (use->qubits[i] == use->qubits[k]) return refuse_at("bad-circuit", place, "a gate on the same qubit twice");
      }
    }
  } else if (const auto* barrier = std::get_if<Barrier>(&instruction.what)) {
    weight += barrier->qubits.size() / 8;
  } else if (const auto* branch = std::get_if<Branch>(&instruction.what)) {
    weight += branch->condition.steps().size() / 8;
  } else if (const auto* assignment = std::get_if<Assignment>(&instruction.what)) {
    weight += assignment->value.steps().size() / 8;
  }
  size_ += static_cast<std::int64_t>(weight);
  if (size_ > limits_.instructions_max) {
    return refuse_at("too-large", place,
                     fmt::format("the unrolled circuit has more than {} instructions", limits_.instructions_max));
  }
  body_->push_back(std::move(instruction));
  return {};
}

Expected<void> Unroller::call(const Statement& statement) {
  if (const auto found = subroutines_.find(statement.name); found != subroutines_.end()) {
    // Both f(a, q); and the older f(a) q;
    std::vector<const Node*> arguments;
    for (const auto* list : {&statement.arguments, &statement.operands}) {
      for (const Node& node : *list) arguments.push_back(&node);
    }
    if (!statement.modifiers.empty()) return refuse_at("bad-circuit", statement.place, "a modifier of a subroutine");
    TRY(ignored, call_subroutine(statement.place, statement.name, arguments));
    return {};
  }
  auto found = gates_.find(statement.name);
  if (found == gates_.end()) {
    // What needs no library.
    for (const LibraryGate& each : library_gates(arithmetic_.version == 2 ? "2" : "3")) {
      if (each.name == statement.name)
        found = gates_.emplace(statement.name, GateMeaning{each.gate, each.controls, nullptr}).first;
    }
  }
  if (found == gates_.end()) {
    return refuse_at(
        "bad-circuit", statement.place, fmt::format("there is no gate '{}'", shown(statement.name)),
        arithmetic_.version == 2 ? "include \"qelib1.inc\"; or define it" : "include \"stdgates.inc\"; or define it");
  }
  const GateMeaning meaning = found->second;
  const std::size_t angles_wanted = meaning.definition ? meaning.definition->parameters.size()
                                                       : static_cast<std::size_t>(facts_of(meaning.gate).angles);
  if (statement.arguments.size() != angles_wanted) {
    return refuse_at("bad-circuit", statement.place,
                     fmt::format("gate {} has {} parameters, and {} stand here", shown(statement.name), angles_wanted,
                                 statement.arguments.size()));
  }
  std::vector<Expression> angles;
  for (const Node& node : statement.arguments) {
    TRY(value, evaluate(node));
    TRY(angle, arithmetic_.real(node.place, value));
    angles.push_back(std::move(angle));
  }
  std::vector<Operand> operands;
  std::size_t repeats = 1;
  bool broadcast = false;
  for (const Node& node : statement.operands) {
    TRY(each, operand(node, Symbol::Kind::qubits));
    if (each.is_register) {
      if (broadcast && each.members.size() != repeats) {
        return refuse_at("bad-circuit", node.place,
                         fmt::format("registers of {} and {} qubits in one gate", repeats, each.members.size()));
      }
      broadcast = true;
      repeats = each.members.size();
    }
    operands.push_back(std::move(each));
  }
  for (std::size_t i = 0; i < repeats; ++i) {
    std::vector<Qubit> qubits;
    for (const Operand& each : operands) qubits.push_back(each.members[each.is_register ? i : 0]);
    CHECK_OK(spend(statement.place, 1));
    CHECK_OK(apply(statement, meaning, angles, std::move(qubits)));
  }
  return {};
}

Expected<void> Unroller::apply(const Statement& statement, const GateMeaning& meaning,
                               const std::vector<Expression>& angles, std::vector<Qubit> qubits) {
  if (statement.modifiers.empty())
    return apply_gate(statement.place, statement.name, meaning, angles, std::move(qubits));
  // The leftmost modifier takes the first qubits; the rightmost acts on the gate first.
  std::vector<int> taken;
  std::size_t controls = 0;
  for (const Modifier& modifier : statement.modifiers) {
    std::int64_t count = 0;
    if (modifier.word == "ctrl" || modifier.word == "negctrl") {
      count = 1;
      if (modifier.value) {
        TRY(said, evaluate_whole(*modifier.value, "the number of controls"));
        count = said;
      }
      if (count < 1 || count > controls_max) {
        return refuse_at("bad-circuit", modifier.place,
                         fmt::format("{} controls; 1 to {} are possible", count, controls_max));
      }
    }
    taken.push_back(static_cast<int>(count));
    controls += static_cast<std::size_t>(count);
  }
  if (controls > qubits.size())
    return refuse_at("bad-circuit", statement.place,
                     fmt::format("{} qubits for {} controls and a gate", qubits.size(), controls));
  Body parts;
  Body* const outside = std::exchange(body_, &parts);
  const auto applied = apply_gate(statement.place, statement.name, meaning, angles,
                                  {qubits.begin() + static_cast<std::ptrdiff_t>(controls), qubits.end()});
  body_ = outside;
  CHECK_OK(applied);
  std::erase_if(parts, [](const Instruction& part) { return !std::holds_alternative<GateUse>(part.what); });
  std::size_t end = controls;
  for (std::size_t i = statement.modifiers.size(); i-- > 0;) {
    const Modifier& modifier = statement.modifiers[i];
    CHECK_OK(spend(modifier.place, static_cast<std::int64_t>(parts.size())));
    if (modifier.word == "inv") {
      Body inverse;
      for (std::size_t k = parts.size(); k-- > 0;) {
        for (GateUse& use : invert(std::get<GateUse>(parts[k].what))) inverse.push_back({std::move(use)});
      }
      parts = std::move(inverse);
    } else if (modifier.word == "pow") {
      if (!modifier.value) return refuse_at("bad-circuit", modifier.place, "pow without its exponent");
      TRY(value, evaluate(*modifier.value));
      TRY(exponent, arithmetic_.real(modifier.place, value));
      if (!exponent.is_number())
        return refuse_at("unsupported-circuit", modifier.place,
                         "pow with an exponent that is bound late is not supported");
      TRY(powers, power(modifier.place, std::move(parts), exponent.number()));
      parts = std::move(powers);
    } else {
      const auto count = static_cast<std::size_t>(taken[i]);
      for (Instruction& part : parts) {
        auto& use = std::get<GateUse>(part.what);
        use.qubits.insert(use.qubits.begin(), qubits.begin() + static_cast<std::ptrdiff_t>(end - count),
                          qubits.begin() + static_cast<std::ptrdiff_t>(end));
        if (use.controls + taken[i] > controls_max)
          return refuse_at("too-large", modifier.place, fmt::format("more than {} controls", controls_max));
        use.controls += taken[i];
        use.negative = use.negative << count | (modifier.word == "negctrl" ? (std::uint64_t{1} << count) - 1 : 0);
      }
      end -= count;
    }
  }
  for (Instruction& part : parts) CHECK_OK(emit(statement.place, std::move(part)));
  return {};
}

Expected<void> Unroller::apply_gate(Place place, const std::string& name, const GateMeaning& meaning,
                                    const std::vector<Expression>& angles, std::vector<Qubit> qubits) {
  const std::size_t wanted = meaning.definition
                                 ? meaning.definition->qubits.size()
                                 : static_cast<std::size_t>(facts_of(meaning.gate).qubits + meaning.controls);
  if (qubits.size() != wanted) {
    return refuse_at("bad-circuit", place,
                     fmt::format("gate {} acts on {} qubits, and {} stand here", shown(name), wanted, qubits.size()));
  }
  if (!meaning.definition) return emit(place, {GateUse{meaning.gate, meaning.controls, 0, std::move(qubits), angles}});
  const Statement& definition = *meaning.definition;
  if (definition.kind == Statement::Kind::opaque) {
    return refuse_at(
        "unsupported-circuit", place,
        fmt::format("gate {} is opaque: what it does is not defined, so it cannot be applied", shown(name)));
  }
  for (std::size_t i = 0; i < qubits.size(); ++i) {
    if (std::find(qubits.begin(), qubits.begin() + static_cast<std::ptrdiff_t>(i), qubits[i]) !=
        qubits.begin() + static_cast<std::ptrdiff_t>(i)) {
      return refuse_at("bad-circuit", place, "a gate on the same qubit twice");
    }
  }
  if (++gates_deep_ > gates_deep_max)
    return refuse_at("too-large", place, fmt::format("gate {} is defined through itself, or too deeply", shown(name)));
  Scope scope;
  for (std::size_t i = 0; i < definition.parameters.size(); ++i) {
    Symbol symbol;
    symbol.type = "angle";
    symbol.is_const = true;
    symbol.value = Value::of_real(angles[i]);
    scope.emplace(definition.parameters[i], std::move(symbol));
  }
  for (std::size_t i = 0; i < qubits.size(); ++i) {
    Symbol symbol;
    symbol.kind = Symbol::Kind::qubits;
    symbol.members = {qubits[i]};
    scope.emplace(definition.qubits[i], std::move(symbol));
  }
  const std::size_t before = std::exchange(first_scope_, scopes_.size());
  scopes_.push_back(std::move(scope));
  for (const Statement& statement : definition.body) {
    const bool fits = statement.kind == Statement::Kind::call || statement.kind == Statement::Kind::barrier ||
                      statement.kind == Statement::Kind::for_ || statement.kind == Statement::Kind::block;
    if (!fits || subroutines_.contains(statement.name)) {
      return refuse_at("bad-circuit", statement.place,
                       "only gates, barriers and loops over them stand in the body of a gate");
    }
  }
  const std::size_t first = body_->size();
  TRY(flow, run_all(definition.body));
  scopes_.pop_back();
  first_scope_ = before;
  --gates_deep_;
  for (std::size_t i = first; i < body_->size(); ++i) {
    const auto& what = (*body_)[i].what;
    if (!std::holds_alternative<GateUse>(what) && !std::holds_alternative<Barrier>(what)) {
      return refuse_at("bad-circuit", place, fmt::format("the body of gate {} is more than gates", shown(name)));
    }
  }
  if (flow != Flow::next) return refuse_at("bad-circuit", place, "break, continue or end in the body of a gate");
  return {};
}

Expected<Unroller::Body> Unroller::power(Place place, Body parts, double exponent) {
  if (!std::isfinite(exponent)) return refuse_at("bad-circuit", place, "pow with an exponent that is no finite number");
  if (exponent == std::floor(exponent)) {
    if (std::abs(exponent) > repeats_max) return refuse_at("too-large", place, "pow with an exponent beyond a million");
    Body once = std::move(parts);
    if (exponent < 0) {
      Body inverse;
      for (std::size_t k = once.size(); k-- > 0;) {
        for (GateUse& use : invert(std::get<GateUse>(once[k].what))) inverse.push_back({std::move(use)});
      }
      once = std::move(inverse);
    }
    // A rotation is turned further, anything else repeated.
    if (once.size() == 1) {
      auto& use = std::get<GateUse>(once[0].what);
      if (facts_of(use.gate).angles == 1) {
        use.angles[0] = use.angles[0] * Expression(std::abs(exponent));
        return once;
      }
    }
    const auto repeats = static_cast<std::int64_t>(std::abs(exponent));
    CHECK_OK(spend(place, repeats * static_cast<std::int64_t>(once.size())));
    if (size_ + repeats * static_cast<std::int64_t>(once.size()) > limits_.instructions_max) {
      return refuse_at("too-large", place,
                       fmt::format("the unrolled circuit has more than {} instructions", limits_.instructions_max));
    }
    Body all;
    for (std::int64_t i = 0; i < repeats; ++i) all.insert(all.end(), once.begin(), once.end());
    return all;
  }
  if (parts.empty()) return parts;
  // A fractional power is defined by eigenvalues: known for gates of one qubit, under any controls, when their angles
  // are.
  const auto& first = std::get<GateUse>(parts[0].what);
  const bool one_qubit = std::ranges::all_of(parts, [&](const Instruction& part) {
    const auto& use = std::get<GateUse>(part.what);
    const bool same_place = use.gate == Gate::gphase
                                ? std::equal(use.qubits.begin(), use.qubits.end(), first.qubits.begin(),
                                             first.qubits.begin() + use.controls)
                                : use.qubits == first.qubits;
    return facts_of(use.gate).qubits <= 1 && use.controls == first.controls && use.negative == first.negative &&
           same_place && std::ranges::all_of(use.angles, [](const Expression& angle) { return angle.is_number(); });
  });
  if (!one_qubit) {
    return refuse_at(
        "unsupported-circuit", place,
        "pow with a fraction of a gate on several qubits, or with angles that are bound late, is not supported");
  }
  Matrix2 matrix = {1, 0, 0, 1};
  const Instruction* last = nullptr;
  for (const Instruction& part : parts) {
    const auto& use = std::get<GateUse>(part.what);
    std::vector<double> angles;
    for (const Expression& angle : use.angles) angles.push_back(angle.number());
    const Complex phase = use.gate == Gate::gphase ? phase_of(angles[0]) : Complex(1);
    matrix = use.gate == Gate::gphase
                 ? Matrix2{matrix[0] * phase, matrix[1] * phase, matrix[2] * phase, matrix[3] * phase}
                 : product(matrix2_of(use.gate, angles), matrix);
    if (use.gate != Gate::gphase) last = &part;
  }
  const EulerAngles euler = euler_angles_of(power_of(matrix, exponent));
  Body result;
  GateUse use = last != nullptr ? std::get<GateUse>(last->what) : first;
  if (last != nullptr) {
    const bool diagonal = std::abs(std::sin(euler.theta / 2)) < 1e-15;
    use.gate = diagonal ? Gate::p : Gate::u3;
    use.angles = diagonal ? std::vector<Expression>{euler.phi + euler.lambda}
                          : std::vector<Expression>{euler.theta, euler.phi, euler.lambda};
    const double phase = diagonal ? euler.phase - (euler.phi + euler.lambda) / 2 : euler.phase;
    result.push_back({use});
    if (std::abs(std::remainder(phase, 2 * std::numbers::pi)) < 1e-15) return result;
    use.qubits.pop_back();
    use.angles = {phase};
  } else {
    use.angles = {std::remainder(use.angles[0].number(), 2 * std::numbers::pi) * exponent};
  }
  use.gate = Gate::gphase;
  result.push_back({std::move(use)});
  return result;
}

/// A definition that has the name and the matrix of a built-in gate is that gate. Other programs define rzz, iswap and
/// their like this way where their library lacks it, as does what we write.
bool Unroller::is_built_in(const Statement& definition) {
  const Gate gate = *gate_named(definition.name);
  const GateFacts& facts = facts_of(gate);
  if (facts.qubits < 1 || static_cast<int>(definition.qubits.size()) != facts.qubits ||
      static_cast<int>(definition.parameters.size()) != facts.angles)
    return false;
  GateMeaning meaning{Gate::id, 0, std::make_shared<const Statement>(definition)};
  for (const double angle : {0.7, -2.1, 4.9}) {
    std::vector<Expression> angles;
    for (int i = 0; i < facts.angles; ++i) angles.emplace_back(angle + i);
    std::vector<Qubit> qubits;
    for (Qubit i = 0; i < facts.qubits; ++i) qubits.push_back(i);
    // An attempt: whatever it finds wrong is found again when the gate is applied.
    const auto scopes = scopes_;
    const auto first_scope = first_scope_;
    const auto depth = depth_;
    const auto gates_deep = gates_deep_;
    const auto size = size_;
    Body parts;
    Body* const outside = std::exchange(body_, &parts);
    const bool applied = apply_gate(definition.place, definition.name, meaning, angles, qubits).has_value();
    body_ = outside;
    scopes_ = scopes;
    first_scope_ = first_scope;
    depth_ = depth;
    gates_deep_ = gates_deep;
    size_ = size;
    if (!applied) return false;
    Complex phase = 1;
    for (std::size_t column = 0; column < (std::size_t{1} << facts.qubits); ++column) {
      Small ours{}, theirs{};
      ours[column] = theirs[column] = 1;
      apply_small(ours, GateUse{gate, 0, 0, qubits, angles});
      for (const Instruction& part : parts) {
        if (const auto* use = std::get_if<GateUse>(&part.what)) apply_small(theirs, *use);
      }
      // OpenQASM 2 has no global phase and no way to see one.
      if (column == 0 && arithmetic_.version == 2) {
        Complex overlap = 0;
        for (std::size_t i = 0; i < 4; ++i) overlap += std::conj(theirs[i]) * ours[i];
        if (std::abs(overlap) < 0.5) return false;
        phase = overlap / std::abs(overlap);
      }
      for (std::size_t i = 0; i < 4; ++i) {
        if (std::abs(ours[i] - phase * theirs[i]) > 1e-12) return false;
      }
    }
  }
  return true;
}

}  // namespace mingyue::quantum::qasm
