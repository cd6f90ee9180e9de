#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/shared.hpp"

namespace mingyue::quantum {

/// What an Expression is made of. The functions take radians; `log` is the natural logarithm.
enum class Operation : std::uint8_t {
  constant,
  parameter,
  negate,
  add,
  subtract,
  multiply,
  divide,
  power,
  modulo,
  sin,
  cos,
  tan,
  exp,
  log,
  sqrt,
  arcsin,
  arccos,
  arctan,
  floor,
  ceiling,
};

/// An angle of a gate: a number, or an expression over parameters whose values are bound later.
///
///   Expression(0.5)                            a number: no memory of its own
///   Expression::parameter(0) * 2.0 + 0.1       bound late
///   expression.evaluate(values)                values[i] is the value of parameter i
///
/// It is a plain value. Operations on numbers are done at once, so that an expression without parameters is always a
/// number, and one with parameters is kept as it was written, operand by operand: reading back what was printed gives
/// an equal expression. Cost of evaluate: one step for each operation.
class Expression {
 public:
  /// One operation in postfix order: operands stand before it.
  struct Step {
    Operation operation = Operation::constant;
    std::uint32_t parameter = 0;  ///< of Operation::parameter
    double value = 0;             ///< of Operation::constant
    friend bool operator==(const Step&, const Step&) = default;
  };

  Expression(double value = 0) : value_(value) {}  // NOLINT: a number is an expression
  [[nodiscard]] static Expression parameter(std::uint32_t index);
  [[nodiscard]] static Expression unary(Operation operation, const Expression& operand);
  [[nodiscard]] static Expression binary(Operation operation, const Expression& left, const Expression& right);

  [[nodiscard]] bool is_number() const { return steps_->empty(); }
  /// Its value; only of a number.
  [[nodiscard]] double number() const { return value_; }
  [[nodiscard]] double evaluate(std::span<const double> values) const;
  /// Empty for a number.
  [[nodiscard]] const std::vector<Step>& steps() const { return *steps_; }
  /// How many operations and operands it has, 1 for a number.
  [[nodiscard]] std::size_t size() const { return is_number() ? 1 : steps_->size(); }
  /// One more than the highest parameter in it; 0 for a number.
  [[nodiscard]] std::uint32_t parameters_end() const;

  friend Expression operator-(const Expression& a) { return unary(Operation::negate, a); }
  friend Expression operator+(const Expression& a, const Expression& b) { return binary(Operation::add, a, b); }
  friend Expression operator-(const Expression& a, const Expression& b) { return binary(Operation::subtract, a, b); }
  friend Expression operator*(const Expression& a, const Expression& b) { return binary(Operation::multiply, a, b); }
  friend Expression operator/(const Expression& a, const Expression& b) { return binary(Operation::divide, a, b); }
  friend bool operator==(const Expression&, const Expression&) = default;

 private:
  double value_ = 0;
  Shared<std::vector<Step>> steps_;
};

/// A number as OpenQASM text that reads back as the same number: `pi/2` where it is exactly that, else its digits.
[[nodiscard]] std::string print_number(double value);
/// As OpenQASM 3 text, parameters by `names`.
[[nodiscard]] std::string print_expression(const Expression& expression, std::span<const std::string> names);

}  // namespace mingyue::quantum
