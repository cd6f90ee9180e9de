#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "base/prng.hpp"
#include "quantum/clifford.hpp"
#include "quantum/program.hpp"
#include "quantum/simulate.hpp"
#include "quantum/state_vector.hpp"

/// What the simulators share: a state that runs steps, and the walk through all histories of a circuit.
namespace mingyue::quantum {

[[nodiscard]] inline Unexpected<Refusal> refuse_memory(std::string_view what, std::uint64_t needed,
                                                       std::uint64_t allowed) {
  const std::string bytes = needed == UINT64_MAX ? "more than 2^63" : std::to_string(needed);
  return refuse("needs-memory", {}, fmt::format("{} need {} bytes, and {} are allowed", what, bytes, allowed),
                "fewer qubits, or float32, or a larger memory_bytes_max");
}

/// A state vector with the passes of each run of gates, made once.
template <class T>
class StateMachine {
 public:
  struct Shared {
    int qubits;                              ///< at least 2
    std::vector<std::vector<Sweep>> passes;  ///< by step
    Workers* workers;
  };
  static Shared share(const Program& program, int qubits, std::span<const double> values, Workers& workers) {
    Shared shared{std::max(qubits, 2), std::vector<std::vector<Sweep>>(program.steps.size()), &workers};
    for (std::size_t i = 0; i < program.steps.size(); ++i) {
      const Step& step = program.steps[i];
      if (step.kind != Step::Kind::gates) continue;
      Fuser fuser(shared.qubits);
      for (std::size_t k = step.first; k < step.last; ++k) fuser.add(*program.gates[k], values);
      shared.passes[i] = StateVector<T>::plan(fuser.take(), shared.qubits);
    }
    return shared;
  }

  explicit StateMachine(const Shared& shared) : shared_(&shared), state_(shared.qubits) {}
  /// Begins again with other passes of as many qubits.
  void share_again(const Shared& shared) {
    shared_ = &shared;
    state_.clear();
  }
  void run(std::size_t step) { state_.apply(shared_->passes[step], *shared_->workers); }
  double probability_of_one(Qubit qubit) {
    const double total = state_.total(*shared_->workers);
    return std::clamp(state_.weight_of_one(qubit, *shared_->workers) / total, 0.0, 1.0);
  }
  /// `probability` is that of the outcome.
  void collapse(Qubit qubit, bool outcome, double probability, bool to_zero) {
    const double scale = 1 / std::sqrt(probability);
    Matrix2 matrix{};
    matrix[outcome ? (to_zero ? 1 : 3) : 0] = scale;
    apply(qubit, matrix);
  }
  void apply(Qubit qubit, const Matrix2& matrix) {
    Fuser fuser(shared_->qubits);
    fuser.add_matrix(qubit, matrix);
    state_.apply(StateVector<T>::plan(fuser.take(), shared_->qubits), *shared_->workers);
  }
  StateVector<T>& state() { return state_; }
  [[nodiscard]] Workers& workers() const { return *shared_->workers; }

 private:
  const Shared* shared_;
  StateVector<T> state_;
};

/// The same for a tableau.
class TableauMachine {
 public:
  struct Shared {
    int qubits;
    const Program* program;
    std::vector<CliffordGate> gates;  ///< as program.gates
  };
  explicit TableauMachine(const Shared& shared) : shared_(&shared), state_(shared.qubits) {}
  void run(std::size_t step) {
    const Step& which = shared_->program->steps[step];
    for (std::size_t i = which.first; i < which.last; ++i) {
      if (!shared_->program->gates[i]->qubits.empty()) state_.apply(shared_->gates[i]);
    }
  }
  double probability_of_one(Qubit qubit) {
    if (state_.is_random(qubit)) return 0.5;
    return state_.measure(qubit).constant ? 1 : 0;
  }
  void collapse(Qubit qubit, bool outcome, double /*probability*/, bool to_zero) {
    state_.measure_as(qubit, outcome);
    if (outcome && to_zero) state_.flip_if(qubit, {true, {}});
  }
  Tableau& state() { return state_; }

 private:
  const Shared* shared_;
  Tableau state_;
};

/// Walks through the histories of a program. `Weight` is a number of shots, divided by draws, or a probability, divided
/// exactly. At each division the smaller part goes on first, so that no more than log2(shots) states wait.
template <class Machine, class Weight, class Leaf>
Expected<void> walk(const Program& program, Machine start, int bits, Weight weight, Prng* prng,
                    std::uint64_t state_size, std::uint64_t memory_max, Leaf leaf) {
  struct Waiting {
    std::size_t at;
    Machine machine;
    BitWords words;
    Weight weight;
  };
  std::vector<Waiting> waiting;
  waiting.push_back({0, std::move(start), BitWords(static_cast<std::size_t>(bits) / 64 + 1), weight});
  int histories = 0;
  while (!waiting.empty()) {
    Waiting now = std::move(waiting.back());
    waiting.pop_back();
    while (now.at < program.steps.size()) {
      const Step& step = program.steps[now.at];
      ++now.at;
      switch (step.kind) {
        case Step::Kind::gates:
          now.machine.run(now.at - 1);
          break;
        case Step::Kind::assign: {
          const auto value = static_cast<std::uint64_t>(step.assignment->value.evaluate(now.words));
          for (int i = 0; i < step.assignment->count; ++i)
            set_bit(now.words, step.assignment->first + i, (value >> i & 1) != 0);
          break;
        }
        case Step::Kind::jump_unless:
          if (step.condition->evaluate(now.words) == 0) now.at = step.target;
          break;
        case Step::Kind::jump:
          now.at = step.target;
          break;
        case Step::Kind::measure:
        case Step::Kind::reset: {
          const double one = now.machine.probability_of_one(step.qubit);
          Weight ones;
          if constexpr (std::is_integral_v<Weight>) {
            ones = 0;
            if (one >= 1) {
              ones = now.weight;
            } else if (one > 0) {
              for (Weight i = 0; i < now.weight; ++i)
                ones += static_cast<double>(prng->next() >> 11) * 0x1p-53 < one ? 1 : 0;
            }
          } else {
            constexpr double least = 1e-15;
            ones = one < least ? 0 : one > 1 - least ? now.weight : now.weight * one;
          }
          const Weight zeros = now.weight - ones;
          const bool to_zero = step.kind == Step::Kind::reset;
          const auto goes_on = [&](Waiting& part, bool outcome, Weight part_weight) {
            part.machine.collapse(step.qubit, outcome, outcome ? one : 1 - one, to_zero);
            if (!to_zero && step.bit != no_bit) set_bit(part.words, step.bit, outcome);
            part.weight = part_weight;
          };
          if (ones > 0 && zeros > 0) {
            const std::uint64_t needed = state_size * (waiting.size() + 2);
            if (needed > memory_max)
              return refuse_memory(
                  fmt::format("{} states of measurements in the middle of the circuit", waiting.size() + 2), needed,
                  memory_max);
            if (++histories > (1 << 20) && !std::is_integral_v<Weight>) {
              return refuse("too-large", {}, "the circuit has more than 2^20 histories of measurements in its middle",
                            "sample it");
            }
            Waiting larger = now;  // The one copy.
            goes_on(larger, ones > zeros, std::max(ones, zeros));
            goes_on(now, ones <= zeros, std::min(ones, zeros));
            waiting.push_back(std::move(larger));
          } else {
            goes_on(now, ones > 0, now.weight);
          }
          break;
        }
      }
    }
    CHECK_OK(leaf(now.machine, now.words, now.weight));
  }
  return {};
}

}  // namespace mingyue::quantum
