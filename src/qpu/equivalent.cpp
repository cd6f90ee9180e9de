#include "qpu/equivalent.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "base/invariant.hpp"
#include "quantum/clifford.hpp"
#include "quantum/program.hpp"
#include "quantum/simulate.hpp"
#include "quantum/state_vector.hpp"

namespace mingyue::qpu {
namespace {

using quantum::Circuit;
using quantum::Complex;
using quantum::Instruction;

constexpr int qubits_most = 16;
constexpr double error_most = 1e-9;

/// Calls visit(qubit) for every use of a qubit in a gate, measurement or reset; visit may change it.
template <class Body, class Visit>
void for_each_qubit(Body& body, Visit visit, bool in_barriers) {
  for (auto& instruction : body) {
    std::visit(
        [&](auto& what) {
          using What = std::remove_cvref_t<decltype(what)>;
          if constexpr (std::is_same_v<What, quantum::GateUse>) {
            for (auto& qubit : what.qubits) visit(qubit);
          } else if constexpr (std::is_same_v<What, quantum::Measurement> || std::is_same_v<What, quantum::Reset>) {
            visit(what.qubit);
          } else if constexpr (std::is_same_v<What, quantum::Barrier>) {
            if (in_barriers) {
              for (auto& qubit : what.qubits) visit(qubit);
            }
          } else if constexpr (std::is_same_v<What, quantum::Branch>) {
            for_each_qubit(what.then, visit, in_barriers);
            for_each_qubit(what.otherwise, visit, in_barriers);
          }
        },
        instruction.what);
  }
}

bool is_unitary(const Circuit& circuit) {
  return std::ranges::all_of(circuit.body, [](const Instruction& instruction) {
    return std::holds_alternative<quantum::GateUse>(instruction.what) ||
           std::holds_alternative<quantum::Barrier>(instruction.what);
  });
}

quantum::StateVector<double> state_of(const Circuit& circuit) {
  const int qubits = std::max(circuit.qubits, 2);
  quantum::StateVector<double> state(qubits);
  quantum::Fuser fuser(qubits);
  for (const Instruction& instruction : circuit.body) {
    if (const auto* use = std::get_if<quantum::GateUse>(&instruction.what)) fuser.add(*use);
  }
  quantum::NoWorkers alone;
  state.apply(quantum::StateVector<double>::plan(fuser.take(), qubits), alone);
  return state;
}

/// `place[i]` is where qubit i of `a` is in `b`; other qubits of `b` are 0.
bool same_state(const Circuit& a, const Circuit& b, const std::vector<Qubit>& place) {
  const auto state_a = state_of(a), state_b = state_of(b);
  Complex overlap = 0;
  for (std::uint64_t index = 0; index >> static_cast<unsigned>(a.qubits) == 0; ++index) {
    std::uint64_t there = 0;
    for (std::size_t i = 0; i < place.size(); ++i) there |= (index >> i & 1) << static_cast<unsigned>(place[i]);
    overlap += std::conj(state_a.amplitude(index)) * state_b.amplitude(there);
  }
  return std::abs(std::abs(overlap) - 1) < error_most;
}

/// The state of `a` is that of `b` if all that is certain of one is certain of the other: undo `a` on the qubits of
/// `b`, and all are 0.
bool same_stabilisers(const Circuit& a, const Circuit& b, const std::vector<Qubit>& place) {
  quantum::CliffordReader reader;
  quantum::Tableau tableau(b.qubits);
  const auto apply = [&](const quantum::GateUse& use) {
    if (use.qubits.empty()) return;
    tableau.apply(*reader.read(use));
  };
  for (const Instruction& instruction : b.body) {
    if (const auto* use = std::get_if<quantum::GateUse>(&instruction.what)) apply(*use);
  }
  for (std::size_t i = a.body.size(); i-- > 0;) {
    const auto* use = std::get_if<quantum::GateUse>(&a.body[i].what);
    if (use == nullptr) continue;
    for (quantum::GateUse inverse : quantum::invert(*use)) {
      for (Qubit& qubit : inverse.qubits) qubit = place[static_cast<std::size_t>(qubit)];
      apply(inverse);
    }
  }
  for (Qubit qubit = 0; qubit < b.qubits; ++qubit) {
    if (tableau.is_random(qubit) || tableau.measure(qubit).constant) return false;
  }
  return true;
}

bool same_distribution(const quantum::Distribution& a, const quantum::Distribution& b) {
  const auto within = [](const quantum::Distribution& one, const quantum::Distribution& other) {
    return std::ranges::all_of(one, [&](const auto& entry) {
      const auto found = other.find(entry.first);
      return std::abs(entry.second - (found == other.end() ? 0 : found->second)) < error_most;
    });
  };
  return within(a, b) && within(b, a);
}

}  // namespace

Circuit compact(const Circuit& circuit, std::vector<Qubit>& used) {
  std::vector<Qubit> number(static_cast<std::size_t>(circuit.qubits), -1);
  for_each_qubit(
      circuit.body, [&](Qubit qubit) { number[static_cast<std::size_t>(qubit)] = 0; }, false);
  used.clear();
  for (Qubit qubit = 0; qubit < circuit.qubits; ++qubit) {
    if (number[static_cast<std::size_t>(qubit)] < 0) continue;
    number[static_cast<std::size_t>(qubit)] = static_cast<Qubit>(used.size());
    used.push_back(qubit);
  }
  Circuit small = circuit;
  small.qubits = static_cast<int>(used.size());
  small.qubit_registers = {{"q", 0, small.qubits, false}};
  for (Instruction& instruction : small.body) {
    if (auto* barrier = std::get_if<quantum::Barrier>(&instruction.what))
      std::erase_if(barrier->qubits, [&](Qubit qubit) { return number[static_cast<std::size_t>(qubit)] < 0; });
  }
  for_each_qubit(
      small.body, [&](Qubit& qubit) { qubit = number[static_cast<std::size_t>(qubit)]; }, true);
  return small;
}

Expected<bool> is_equivalent(const Circuit& given, const Transpiled& made) {
  if (!given.parameters.empty())
    return refuse("unbound-parameter", {}, "the circuit has parameters without values", "bind_parameters");
  const bool clifford = quantum::is_clifford(given) && quantum::is_clifford(made.circuit);
  if (is_unitary(given)) {
    if (given.qubits == 0) return true;
    // Qubits at which the given ones end are kept, used or not.
    std::vector<Qubit> used;
    Circuit kept = made.circuit;
    for (const Qubit place : made.final_layout) kept.apply(quantum::Gate::id, {place});
    const Circuit small = compact(kept, used);
    std::vector<Qubit> place;
    for (const Qubit end : made.final_layout)
      place.push_back(static_cast<Qubit>(std::ranges::lower_bound(used, end) - used.begin()));
    if (small.qubits <= qubits_most) return same_state(given, small, place);
    if (clifford) return same_stabilisers(given, small, place);
    return refuse("unsupported-circuit", {}, "too many qubits to compare amplitudes, and no Clifford circuit");
  }
  std::vector<Qubit> used;
  TRY(wanted, quantum::distribution(given));
  TRY(found, quantum::distribution(compact(made.circuit, used)));
  return same_distribution(wanted, found);
}

}  // namespace mingyue::qpu
