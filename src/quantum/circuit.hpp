#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/expected.hpp"
#include "quantum/bit_expression.hpp"
#include "quantum/expression.hpp"
#include "quantum/gate.hpp"

/// A circuit as plain values. Read it from OpenQASM (qasm.hpp), or build it:
///
///   Circuit bell;
///   bell.add_qubits("q", 2);
///   bell.add_bits("c", 2);
///   bell.apply(Gate::h, {0});
///   bell.apply_controlled(Gate::x, {0}, {1});
///   bell.measure(0, 0).measure(1, 1);
///
/// Loops are unrolled and gate definitions applied before this; what is left to run time are measurements and what
/// depends on them. Qubits and bits are numbered through all registers; the first qubit is the lowest bit of an index.
namespace mingyue::quantum {

using Qubit = int;
using Bit = int;
inline constexpr Bit no_bit = -1;
/// More controls than this on one gate are refused.
inline constexpr int controls_max = 63;

struct Register {
  std::string name;
  int first = 0;
  int size = 0;
  bool local = false;  ///< classical only: scratch, no part of a shot's outcome
  friend bool operator==(const Register&, const Register&) = default;
};

/// One gate with its controls.
struct GateUse {
  Gate gate = Gate::id;
  int controls = 0;
  std::uint64_t negative = 0;  ///< bit i: control i must be 0 and not 1
  std::vector<Qubit> qubits;   ///< the controls, then the gate's own
  std::vector<Expression> angles;
  friend bool operator==(const GateUse&, const GateUse&) = default;
};

struct Measurement {
  Qubit qubit = 0;
  Bit bit = no_bit;  ///< no_bit: the outcome is forgotten
  friend bool operator==(const Measurement&, const Measurement&) = default;
};

struct Reset {
  Qubit qubit = 0;
  friend bool operator==(const Reset&, const Reset&) = default;
};

/// Means something to a compiler; a simulator passes over it.
struct Barrier {
  std::vector<Qubit> qubits;
  friend bool operator==(const Barrier&, const Barrier&) = default;
};

/// `count` (1 to 64) bits from `first` become the lowest bits of the value.
struct Assignment {
  Bit first = 0;
  int count = 1;
  BitExpression value;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

struct Instruction;

/// `then` where the condition is not zero, else `otherwise`.
struct Branch {
  BitExpression condition;
  std::vector<Instruction> then;
  std::vector<Instruction> otherwise;
  friend bool operator==(const Branch&, const Branch&);
};

struct Instruction {
  std::variant<GateUse, Measurement, Reset, Barrier, Assignment, Branch> what;
  friend bool operator==(const Instruction&, const Instruction&) = default;
};

struct Circuit {
  std::vector<Register> qubit_registers;
  std::vector<Register> bit_registers;
  std::vector<std::string> parameters;  ///< names; an Expression's parameter i is parameters[i]
  int qubits = 0;
  int bits = 0;
  std::vector<Instruction> body;

  /// The index of the first.
  Qubit add_qubits(std::string name, int size);
  Bit add_bits(std::string name, int size, bool local = false);
  Expression add_parameter(std::string name);
  Circuit& apply(Gate gate, std::vector<Qubit> qubits, std::vector<Expression> angles = {});
  Circuit& apply_controlled(Gate gate, std::vector<Qubit> controls, const std::vector<Qubit>& qubits,
                            std::vector<Expression> angles = {});
  Circuit& measure(Qubit qubit, Bit bit);
  Circuit& reset(Qubit qubit);
  /// Every qubit into the bit of its number, in a register `c` of its own where there is none.
  Circuit& measure_all();

  friend bool operator==(const Circuit&, const Circuit&) = default;
};

/// Nothing, or what is wrong with a circuit that was built and not read: an index out of range, a qubit twice in a
/// gate, a wrong number of angles, a parameter that is not declared.
[[nodiscard]] Expected<void> check_circuit(const Circuit& circuit);

/// Every parameter replaced by its value, given in the order of `circuit.parameters`. Refused: a wrong number of
/// values, an angle that is then no finite number (`unbound-parameter`).
[[nodiscard]] Expected<Circuit> bind_parameters(const Circuit& circuit, std::span<const double> values);

/// What undoes the gate: one gate, but for iswap.
[[nodiscard]] std::vector<GateUse> invert(const GateUse& use);

/// Counts what there is, in all branches.
struct CircuitSize {
  std::int64_t gates = 0;
  std::int64_t gates_of_several = 0;  ///< on two qubits or more
  std::int64_t measurements = 0;
  std::int64_t resets = 0;
  std::int64_t branches = 0;
  std::int64_t depth = 0;  ///< the longest chain of gates, measurements and resets; both sides of a branch count
  friend bool operator==(const CircuitSize&, const CircuitSize&) = default;
};
[[nodiscard]] CircuitSize size_of(const Circuit& circuit);

}  // namespace mingyue::quantum
