#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "base/shared.hpp"
#include "quantum/circuit.hpp"

/// What a circuit is while it is transpiled. Only the files of the transpiler include this.
///
/// Every unitary is made of three things: rz by an angle that may be bound late, any known gate on one qubit, and
/// exp(-i angle/2 Z⊗Z) on two, with or without an exchange of the two. Global phases are dropped.
namespace mingyue::qpu {

using quantum::Bit;
using quantum::Expression;
using quantum::Matrix2;
using quantum::Qubit;

/// A known number and a part that is bound later.
struct Angle {
  double number = 0;
  Expression late;  ///< where it is a number, it is 0

  Angle(double value = 0) : number(value) {}  // NOLINT: a number is an angle
  static Angle of(const Expression& expression) {
    Angle angle;
    if (expression.is_number()) {
      angle.number = expression.number();
    } else {
      angle.late = expression;
    }
    return angle;
  }
  [[nodiscard]] bool is_known() const { return late.is_number(); }
  void add(const Angle& other) {
    number += other.number;
    if (other.is_known()) return;
    late = is_known() ? other.late : late + other.late;
  }
  [[nodiscard]] Angle times(double factor) const {
    Angle scaled(number * factor);
    if (!is_known()) scaled.late = late * factor;
    return scaled;
  }
  [[nodiscard]] Expression expression() const {
    if (is_known()) return {number};
    return number == 0 ? late : late + number;
  }
};

/// Angles closer than this to one that means something are it.
inline constexpr double angle_error = 1e-11;
[[nodiscard]] inline bool is_multiple(double angle, double of) {
  return std::abs(std::remainder(angle, of)) < angle_error;
}

struct Branching;

struct Step {
  enum class Kind : std::uint8_t {
    turn,    ///< rz(angle) on a
    matrix,  ///< on a
    pair,    ///< exp(-i angle/2 Z⊗Z) on a and b, then their exchange if `exchange`
    measure,
    reset,
    classical,  ///< a barrier, an assignment, a branch
  };
  Kind kind = Kind::turn;
  bool exchange = false;
  Qubit a = 0;
  Qubit b = -1;
  Bit bit = quantum::no_bit;
  Angle angle;
  Matrix2 matrix{};
  Shared<Branching> classical;

  static Step turn(Qubit a, Angle angle) {
    Step step;
    step.a = a;
    step.angle = std::move(angle);
    return step;
  }
  static Step of(Qubit a, const Matrix2& matrix) {
    Step step;
    step.kind = Kind::matrix;
    step.a = a;
    step.matrix = matrix;
    return step;
  }
  static Step pair(Qubit a, Qubit b, Angle angle, bool exchange = false) {
    Step step;
    step.kind = Kind::pair;
    step.a = a;
    step.b = b;
    step.angle = std::move(angle);
    step.exchange = exchange;
    return step;
  }
};

/// A barrier (qubits alone), an assignment, or a branch.
struct Branching {
  enum class Kind : std::uint8_t { barrier, assignment, branch };
  Kind kind = Kind::barrier;
  std::vector<Qubit> qubits;  ///< all that it touches, each once
  std::vector<Bit> bits;      ///< ditto
  quantum::Assignment assignment;
  quantum::BitExpression condition;
  std::vector<Step> then;
  std::vector<Step> otherwise;
};

}  // namespace mingyue::qpu
