#pragma once

#include <string>
#include <vector>

#include "quantum/circuit.hpp"
#include "quantum/qasm_token.hpp"

namespace mingyue::quantum::qasm {

/// What an OpenQASM expression is worth while the circuit is read.
struct Value {
  enum class Kind : std::uint8_t {
    nothing,   ///< a variable without a value, the result of a subroutine that returns none
    boolean,   ///< integer: 0 or 1
    integer,   ///< known now; `width` bits, 0 when no width was said
    real,      ///< a number, or an expression over parameters that are bound late
    digits,    ///< "0110": known bits, the leftmost the highest
    bits,      ///< classical bits of the circuit, the first the lowest
    measured,  ///< computed from classical bits while the circuit runs
  };
  Kind kind = Kind::nothing;
  bool is_boolean = false;  ///< of measured
  int width = 0;
  std::int64_t integer = 0;
  Expression real;
  std::string digits;
  std::vector<Bit> bits;
  BitExpression measured;

  [[nodiscard]] static Value of(std::int64_t integer, int width = 0);
  [[nodiscard]] static Value of_bool(bool value);
  [[nodiscard]] static Value of_real(Expression real);
  [[nodiscard]] static Value of_measured(BitExpression measured, int width, bool is_boolean = false);

  [[nodiscard]] bool is_whole() const { return kind == Kind::integer || kind == Kind::boolean; }
  /// Only known when the circuit runs.
  [[nodiscard]] bool is_late() const { return kind == Kind::bits || kind == Kind::measured; }
};

/// The meaning of operators differs: OpenQASM 2 knows real numbers only.
struct Arithmetic {
  int version = 3;
  const std::vector<Register>* bit_registers = nullptr;

  [[nodiscard]] Expected<Value> unary(Place place, std::string_view operation, Value operand) const;
  [[nodiscard]] Expected<Value> binary(Place place, std::string_view operation, Value left, Value right) const;
  [[nodiscard]] Expected<Value> function(Place place, std::string_view name, std::vector<Value> arguments) const;
  /// To bit, int, uint, float, angle or bool of a width (0: none said).
  [[nodiscard]] Expected<Value> cast(Place place, std::string_view type, int width, Value value) const;

  [[nodiscard]] Expected<std::int64_t> whole(Place place, std::string_view what, const Value& value) const;
  [[nodiscard]] Expected<Expression> real(Place place, const Value& value) const;
  /// A number computed when the circuit runs, of at most 64 bits.
  [[nodiscard]] Expected<BitExpression> late(Place place, const Value& value) const;
  /// The same as 0 or 1, or the known answer.
  [[nodiscard]] Expected<Value> condition(Place place, const Value& value) const;

 private:
  [[nodiscard]] Expected<Value> late_binary(Place place, std::string_view operation, const Value& left,
                                            const Value& right) const;
  [[nodiscard]] Expected<Value> compare_bits(Place place, bool equal, const Value& bits, const Value& other) const;
  [[nodiscard]] BitExpression run_of(const std::vector<Bit>& bits) const;
};

/// How many neighbouring bits from bits[from] lie in one register and follow each other; at most 64.
[[nodiscard]] int run_length(const std::vector<Bit>& bits, std::size_t from, const std::vector<Register>& registers);

}  // namespace mingyue::quantum::qasm
