#pragma once

#include <cmath>
#include <complex>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "quantum/circuit.hpp"
#include "quantum/program.hpp"

/// A slow simulator for tests that shares nothing with the fast one but the circuit: every gate is made of OpenQASM's
/// U, by the definitions of stdgates.inc, and applied to all amplitudes one by one; every measurement follows both
/// outcomes.
namespace mingyue::quantum::reference {

using State = std::vector<Complex>;

inline Matrix2 spec_u(double theta, double phi, double lambda) {
  const Complex i(0, 1), t = std::exp(i * theta), p = std::exp(i * phi), l = std::exp(i * lambda);
  return {(1.0 + t) / 2.0, -i * l * (1.0 - t) / 2.0, i * p * (1.0 - t) / 2.0, p * l * (1.0 + t) / 2.0};
}

/// A 2 × 2 matrix on `target` where all controls are as wanted.
inline void apply(State& state, const Matrix2& m, int target, const std::vector<int>& controls,
                  std::uint64_t negative) {
  for (std::size_t index = 0; index < state.size(); ++index) {
    if ((index >> target & 1) != 0) continue;
    bool active = true;
    for (std::size_t c = 0; c < controls.size(); ++c)
      active = active && (index >> controls[c] & 1) != (negative >> c & 1);
    if (!active) continue;
    const std::size_t other = index | std::size_t{1} << target;
    const Complex zero = state[index], one = state[other];
    state[index] = m[0] * zero + m[1] * one;
    state[other] = m[2] * zero + m[3] * one;
  }
}

inline void apply(State& state, const GateUse& use) {
  constexpr double pi = std::numbers::pi;
  const std::vector<int> controls(use.qubits.begin(), use.qubits.begin() + use.controls);
  const auto own = [&](std::size_t i) { return use.qubits[static_cast<std::size_t>(use.controls) + i]; };
  const auto angle = [&](std::size_t i) { return use.angles[i].number(); };
  const auto phase = [&](double gamma) {
    for (std::size_t index = 0; index < state.size(); ++index) {
      bool active = true;
      for (std::size_t c = 0; c < controls.size(); ++c)
        active = active && (index >> controls[c] & 1) != (use.negative >> c & 1);
      if (active) state[index] *= std::exp(Complex(0, gamma));
    }
  };
  // U on one of the gate's qubits, under its controls; then the gates of two as others define them.
  const auto u = [&](std::size_t i, double t, double p, double l) {
    apply(state, spec_u(t, p, l), own(i), controls, use.negative);
  };
  const auto cx = [&](std::size_t from, std::size_t to) {
    std::vector<int> all = controls;
    all.push_back(own(from));
    Matrix2 x = {0, 1, 1, 0};
    apply(state, x, own(to), all, use.negative);
  };
  const auto h = [&](std::size_t i) { u(i, pi / 2, 0, pi), phase(-pi / 4); };
  const auto rz = [&](std::size_t i, double l) { phase(-l / 2), u(i, 0, 0, l); };
  const auto rx = [&](std::size_t i, double t) { u(i, t, -pi / 2, pi / 2), phase(-t / 2); };
  switch (use.gate) {
    case Gate::gphase:
      return phase(angle(0));
    case Gate::id:
      return;
    case Gate::x:
      return u(0, pi, 0, pi), phase(-pi / 2);
    case Gate::y:
      return u(0, pi, pi / 2, pi / 2), phase(-pi / 2);
    case Gate::z:
      return u(0, 0, 0, pi);
    case Gate::h:
      return h(0);
    case Gate::s:
      return u(0, 0, 0, pi / 2);
    case Gate::sdg:
      return u(0, 0, 0, -pi / 2);
    case Gate::t:
      return u(0, 0, 0, pi / 4);
    case Gate::tdg:
      return u(0, 0, 0, -pi / 4);
    case Gate::sx:
      return rx(0, pi / 2), phase(pi / 4);
    case Gate::sxdg:
      return rx(0, -pi / 2), phase(-pi / 4);
    case Gate::rx:
      return rx(0, angle(0));
    case Gate::ry:
      return u(0, angle(0), 0, 0), phase(-angle(0) / 2);
    case Gate::rz:
      return rz(0, angle(0));
    case Gate::p:
      return u(0, 0, 0, angle(0));
    case Gate::u:
      return u(0, angle(0), angle(1), angle(2));
    case Gate::u2:
      return phase(-(angle(0) + angle(1) + pi / 2) / 2), u(0, pi / 2, angle(0), angle(1));
    case Gate::u3:
      return phase(-(angle(0) + angle(1) + angle(2)) / 2), u(0, angle(0), angle(1), angle(2));
    case Gate::swap:
      return cx(0, 1), cx(1, 0), cx(0, 1);
    case Gate::iswap:
      return u(0, 0, 0, pi / 2), u(1, 0, 0, pi / 2), h(0), cx(0, 1), cx(1, 0), h(1);
    case Gate::ecr:
      h(1), cx(0, 1), rz(1, pi / 4), cx(0, 1), h(1);
      rx(0, pi), phase(pi / 2);
      h(1), cx(0, 1), rz(1, -pi / 4), cx(0, 1), h(1);
      return;
    case Gate::rxx:
      return h(0), h(1), cx(0, 1), rz(1, angle(0)), cx(0, 1), h(0), h(1);
    case Gate::ryy:
      return rx(0, pi / 2), rx(1, pi / 2), cx(0, 1), rz(1, angle(0)), cx(0, 1), rx(0, -pi / 2), rx(1, -pi / 2);
    case Gate::rzz:
      return cx(0, 1), rz(1, angle(0)), cx(0, 1);
  }
}

struct Walker {
  const Circuit& circuit;
  OutcomeWriter writer;
  std::map<std::string, double> found;

  /// Instructions that are still to come, as ranges within each other.
  struct Rest {
    const std::vector<Instruction>* body;
    std::size_t at;
  };
  void walk(std::vector<Rest> rest, State state, BitWords words, double weight) {
    while (!rest.empty()) {
      if (rest.back().at == rest.back().body->size()) {
        rest.pop_back();
        continue;
      }
      const Instruction& instruction = (*rest.back().body)[rest.back().at++];
      if (const auto* use = std::get_if<GateUse>(&instruction.what)) {
        apply(state, *use);
      } else if (const auto* branch = std::get_if<Branch>(&instruction.what)) {
        rest.push_back({branch->condition.evaluate(words) != 0 ? &branch->then : &branch->otherwise, 0});
      } else if (const auto* assignment = std::get_if<Assignment>(&instruction.what)) {
        const auto value = assignment->value.evaluate(words);
        for (int i = 0; i < assignment->count; ++i) set_bit(words, assignment->first + i, (value >> i & 1) != 0);
      } else if (!std::holds_alternative<Barrier>(instruction.what)) {
        const auto* measurement = std::get_if<Measurement>(&instruction.what);
        const int qubit = measurement != nullptr ? measurement->qubit : std::get<Reset>(instruction.what).qubit;
        for (const std::size_t outcome : {std::size_t{0}, std::size_t{1}}) {
          State next(state.size());
          double probability = 0;
          for (std::size_t index = 0; index < state.size(); ++index) {
            if ((index >> qubit & 1) != outcome) continue;
            next[measurement != nullptr ? index : index & ~(std::size_t{1} << qubit)] = state[index];
            probability += std::norm(state[index]);
          }
          if (probability < 1e-13) continue;
          for (Complex& amplitude : next) amplitude /= std::sqrt(probability);
          BitWords next_words = words;
          if (measurement != nullptr && measurement->bit != no_bit) set_bit(next_words, measurement->bit, outcome == 1);
          walk(rest, std::move(next), std::move(next_words), weight * probability);
        }
        return;
      }
    }
    found[writer.write(words)] += weight;
  }
};

inline std::map<std::string, double> distribution(const Circuit& circuit) {
  Walker walker{circuit, OutcomeWriter(circuit), {}};
  State state(std::size_t{1} << circuit.qubits);
  state[0] = 1;
  walker.walk({{&circuit.body, 0}}, std::move(state), BitWords(static_cast<std::size_t>(circuit.bits) / 64 + 1), 1);
  return walker.found;
}

/// Any gate with any controls, anywhere.
inline GateUse random_gate(Prng& prng, int qubits, int controls_most = 3) {
  for (;;) {
    GateUse use;
    use.gate = static_cast<Gate>(prng.below(gate_count));
    use.controls = prng.chance(1, 2) ? 0 : static_cast<int>(prng.below(static_cast<std::uint64_t>(controls_most) + 1));
    const int needed = use.controls + facts_of(use.gate).qubits;
    if (needed > qubits) continue;
    std::vector<Qubit> all;
    for (Qubit q = 0; q < qubits; ++q) all.push_back(q);
    for (int i = 0; i < needed; ++i) {
      std::swap(all[static_cast<std::size_t>(i)],
                all[static_cast<std::size_t>(i) + prng.below(static_cast<std::uint64_t>(qubits - i))]);
    }
    use.qubits.assign(all.begin(), all.begin() + needed);
    if (use.controls > 0 && prng.chance(1, 3)) use.negative = prng.below(std::uint64_t{1} << use.controls);
    for (int i = 0; i < facts_of(use.gate).angles; ++i) {
      use.angles.emplace_back(prng.chance(1, 4) ? static_cast<double>(prng.below(9)) * std::numbers::pi / 4
                                                : static_cast<double>(prng.below(2000)) / 100 - 10);
    }
    return use;
  }
}

}  // namespace mingyue::quantum::reference
