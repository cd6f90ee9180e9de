#include "quantum/qasm_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "base/text.hpp"

namespace mingyue::quantum::qasm {
namespace {

/// Expressions that are bound late, or computed from measurements, have at most this many operations.
constexpr std::size_t expression_size_max = 4'000;

bool is_comparison(std::string_view operation) {
  return operation == "==" || operation == "!=" || operation == "<" || operation == ">" || operation == "<=" ||
         operation == ">=";
}

std::int64_t cut(std::int64_t value, int width, bool is_signed) {
  if (width <= 0 || width >= 64) return value;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  std::uint64_t low = static_cast<std::uint64_t>(value) & mask;
  if (is_signed && (low >> (width - 1)) != 0) low |= ~mask;
  return static_cast<std::int64_t>(low);
}

std::optional<Operation> real_operation(std::string_view operation) {
  if (operation == "+") return Operation::add;
  if (operation == "-") return Operation::subtract;
  if (operation == "*") return Operation::multiply;
  if (operation == "/") return Operation::divide;
  if (operation == "%") return Operation::modulo;
  if (operation == "**") return Operation::power;
  return std::nullopt;
}

std::optional<BitOperation> bit_operation(std::string_view operation) {
  struct Row {
    std::string_view word;
    BitOperation operation;
  };
  constexpr std::array<Row, 14> rows = {{{"+", BitOperation::add},
                                         {"-", BitOperation::subtract},
                                         {"*", BitOperation::multiply},
                                         {"&", BitOperation::bit_and},
                                         {"|", BitOperation::bit_or},
                                         {"^", BitOperation::bit_xor},
                                         {"<<", BitOperation::shift_left},
                                         {">>", BitOperation::shift_right},
                                         {"==", BitOperation::equal},
                                         {"!=", BitOperation::not_equal},
                                         {"<", BitOperation::less},
                                         {"<=", BitOperation::less_equal},
                                         {"&&", BitOperation::logical_and},
                                         {"||", BitOperation::logical_or}}};
  for (const Row& row : rows) {
    if (row.word == operation) return row.operation;
  }
  return std::nullopt;
}

/// Whole numbers that are known now; nothing when the result is beyond 64 bits.
std::optional<std::int64_t> whole_operation(std::string_view operation, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  const auto ua = static_cast<std::uint64_t>(a);
  if (operation == "+") return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (operation == "-") return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (operation == "*") return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (operation == "/" || operation == "%") {
    if (b == 0 || (a == INT64_MIN && b == -1)) return std::nullopt;
    return operation == "/" ? a / b : a % b;
  }
  if (operation == "**") {
    result = 1;
    // A result within 64 bits needs no more than 63 steps, unless the base is 0, 1 or -1.
    if (a == 0 || a == 1) return b == 0 ? 1 : a;
    if (a == -1) return b % 2 == 0 ? 1 : -1;
    for (std::int64_t i = 0; i < b; ++i) {
      if (__builtin_mul_overflow(result, a, &result)) return std::nullopt;
    }
    return result;
  }
  if (operation == "&") return a & b;
  if (operation == "|") return a | b;
  if (operation == "^") return a ^ b;
  if (operation == "<<") {
    if (b < 0 || b > 63) return b < 0 ? std::nullopt : std::optional<std::int64_t>(0);
    return static_cast<std::int64_t>(ua << b);
  }
  if (operation == ">>") {
    if (b < 0 || b > 63) return b < 0 ? std::nullopt : std::optional<std::int64_t>(0);
    return static_cast<std::int64_t>(ua >> b);
  }
  return std::nullopt;
}

std::string_view kind_word(const Value& value) {
  switch (value.kind) {
    case Value::Kind::nothing:
      return "no value";
    case Value::Kind::boolean:
      return "a boolean";
    case Value::Kind::integer:
      return "an integer";
    case Value::Kind::real:
      return value.real.is_number() ? "a real number" : "a parameter that is bound late";
    case Value::Kind::digits:
      return "a text of bits";
    case Value::Kind::bits:
      return "classical bits";
    case Value::Kind::measured:
      return "a value that depends on a measurement";
  }
  return "a value";
}

}  // namespace

Value Value::of(std::int64_t integer, int width) {
  Value value;
  value.kind = Kind::integer;
  value.integer = integer;
  value.width = width;
  return value;
}
Value Value::of_bool(bool known) {
  Value value;
  value.kind = Kind::boolean;
  value.integer = known ? 1 : 0;
  value.width = 1;
  return value;
}
Value Value::of_real(Expression real) {
  Value value;
  value.kind = Kind::real;
  value.real = std::move(real);
  return value;
}
Value Value::of_measured(BitExpression measured, int width, bool is_boolean) {
  Value value;
  value.kind = Kind::measured;
  value.measured = std::move(measured);
  value.width = width;
  value.is_boolean = is_boolean;
  return value;
}

int run_length(const std::vector<Bit>& bits, std::size_t from, const std::vector<Register>& registers) {
  const auto after = std::ranges::upper_bound(registers, bits[from], {}, &Register::first);
  const int end = after == registers.begin() ? bits[from] + 1 : std::prev(after)->first + std::prev(after)->size;
  int count = 1;
  while (count < 64 && from + static_cast<std::size_t>(count) < bits.size() && bits[from] + count < end &&
         bits[from + static_cast<std::size_t>(count)] == bits[from] + count) {
    ++count;
  }
  return count;
}

BitExpression Arithmetic::run_of(const std::vector<Bit>& bits) const {
  std::size_t from = 0;
  BitExpression all;
  while (from < bits.size()) {
    const int count = run_length(bits, from, *bit_registers);
    BitExpression run = BitExpression::bits(bits[from], count);
    if (from == 0) {
      all = std::move(run);
    } else {
      all = BitExpression::binary(BitOperation::bit_or, std::move(all),
                                  BitExpression::binary(BitOperation::shift_left, std::move(run),
                                                        BitExpression::constant(static_cast<std::int64_t>(from))));
    }
    from += static_cast<std::size_t>(count);
  }
  return all;
}

Expected<std::int64_t> Arithmetic::whole(Place place, std::string_view what, const Value& value) const {
  if (value.is_whole()) return value.integer;
  if (value.kind == Value::Kind::real && value.real.is_number()) {
    const double number = value.real.number();
    if (std::abs(number) < 1e15 && number == std::floor(number)) return static_cast<std::int64_t>(number);
  }
  if (value.is_late()) {
    return refuse_at("unsupported-circuit", place,
                     fmt::format("{} must be known when the circuit is read, and depends on a measurement", what));
  }
  return refuse_at("bad-circuit", place, fmt::format("{} must be a whole number, and is {}", what, kind_word(value)));
}

Expected<Expression> Arithmetic::real(Place place, const Value& value) const {
  if (value.kind == Value::Kind::real) return value.real;
  if (value.is_whole()) return Expression(static_cast<double>(value.integer));
  if (value.is_late()) {
    return refuse_at("unsupported-circuit", place,
                     "an angle or real number that depends on a measurement is not supported",
                     "branch on the measured bits with if, and use a constant angle in each branch");
  }
  return refuse_at("bad-circuit", place, fmt::format("a number is needed, and this is {}", kind_word(value)));
}

Expected<BitExpression> Arithmetic::late(Place place, const Value& value) const {
  if (value.kind == Value::Kind::measured) return value.measured;
  if (value.is_whole()) return BitExpression::constant(value.integer);
  if (value.kind == Value::Kind::bits) {
    if (value.bits.size() > 64) {
      return refuse_at("unsupported-circuit", place,
                       fmt::format("a number of {} measured bits; 64 is the most", value.bits.size()));
    }
    return run_of(value.bits);
  }
  if (value.kind == Value::Kind::digits && value.digits.size() <= 64) {
    std::uint64_t number = 0;
    for (const char digit : value.digits) number = number << 1 | (digit == '1' ? 1U : 0U);
    return BitExpression::constant(static_cast<std::int64_t>(number));
  }
  return refuse_at("unsupported-circuit", place,
                   fmt::format("{} together with measured bits is not supported", kind_word(value)));
}

Expected<Value> Arithmetic::condition(Place place, const Value& value) const {
  if (value.is_whole()) return Value::of_bool(value.integer != 0);
  if (value.kind == Value::Kind::real && value.real.is_number()) return Value::of_bool(value.real.number() != 0);
  if (value.is_late()) {
    TRY(number, late(place, value));
    return Value::of_measured(std::move(number), 1, true);
  }
  return refuse_at(value.kind == Value::Kind::real ? "unsupported-circuit" : "bad-circuit", place,
                   fmt::format("{} is no condition", kind_word(value)));
}

Expected<Value> Arithmetic::unary(Place place, std::string_view operation, Value operand) const {
  if (operation == "+") return operand;
  if (operand.is_late()) {
    TRY(number, late(place, operand));
    const int width = operand.kind == Value::Kind::bits ? static_cast<int>(operand.bits.size()) : operand.width;
    if (operation == "!" || (operation == "~" && operand.is_boolean)) {
      return Value::of_measured(BitExpression::unary(BitOperation::logical_not, std::move(number)), 1, true);
    }
    if (operation == "~") {
      number = BitExpression::unary(BitOperation::invert, std::move(number));
      if (width > 0 && width < 64) number = BitExpression::unary(BitOperation::truncate, std::move(number), width);
      return Value::of_measured(std::move(number), width);
    }
    return Value::of_measured(BitExpression::unary(BitOperation::negate, std::move(number)), 64);
  }
  if (operation == "-") {
    if (operand.kind == Value::Kind::integer) {
      if (operand.integer == INT64_MIN) return refuse_at("bad-circuit", place, "a number beyond 64 bits");
      return Value::of(-operand.integer, operand.width);
    }
    TRY(number, real(place, operand));
    if (number.size() > expression_size_max)
      return refuse_at("too-large", place, "an expression of parameters is too long");
    return Value::of_real(-number);
  }
  if (operation == "!" || operand.kind == Value::Kind::boolean) {
    TRY(known, condition(place, operand));
    return Value::of_bool(known.integer == 0);
  }
  if (operand.kind == Value::Kind::digits) {
    for (char& digit : operand.digits) digit = digit == '1' ? '0' : '1';
    return operand;
  }
  if (operand.kind == Value::Kind::integer)
    return Value::of(cut(~operand.integer, operand.width, false), operand.width);
  return refuse_at("bad-circuit", place, fmt::format("'{}' of {}", operation, kind_word(operand)));
}

Expected<Value> Arithmetic::compare_bits(Place place, bool equal, const Value& bits, const Value& other) const {
  // A register of any width against a number, a text or another register: 64 neighbouring bits at a time.
  const std::size_t size = bits.bits.size();
  if (other.kind == Value::Kind::digits || other.kind == Value::Kind::bits) {
    const std::size_t other_size = other.kind == Value::Kind::digits ? other.digits.size() : other.bits.size();
    if (other_size != size) {
      return refuse_at("bad-circuit", place, fmt::format("{} bits are compared with {}", size, other_size));
    }
  } else if (other.integer < 0 || (size < 63 && other.integer >> size != 0)) {
    return Value::of_bool(!equal);  // No value of the register is that.
  }
  std::optional<BitExpression> all;
  for (std::size_t from = 0; from < size;) {
    int count = run_length(bits.bits, from, *bit_registers);
    if (other.kind == Value::Kind::bits) count = std::min(count, run_length(other.bits, from, *bit_registers));
    BitExpression right;
    if (other.kind == Value::Kind::bits) {
      right = BitExpression::bits(other.bits[from], count);
    } else if (other.kind == Value::Kind::digits) {
      std::uint64_t part = 0;
      for (int i = count - 1; i >= 0; --i) {
        part = part << 1 | (other.digits[size - 1 - from - static_cast<std::size_t>(i)] == '1' ? 1U : 0U);
      }
      right = BitExpression::constant(static_cast<std::int64_t>(part));
    } else {
      right = BitExpression::constant(from > 63 ? 0 : cut(other.integer >> from, count, false));
    }
    const bool only = static_cast<std::size_t>(count) == size;
    BitExpression one = BitExpression::binary(only && !equal ? BitOperation::not_equal : BitOperation::equal,
                                              BitExpression::bits(bits.bits[from], count), right);
    if (only) return Value::of_measured(std::move(one), 1, true);
    all = all ? BitExpression::binary(BitOperation::logical_and, std::move(*all), one) : std::move(one);
    from += static_cast<std::size_t>(count);
  }
  if (!all) return Value::of_bool(equal);
  if (!equal) *all = BitExpression::unary(BitOperation::logical_not, std::move(*all));
  if (all->steps().size() > expression_size_max)
    return refuse_at("too-large", place, "a comparison of bits is too long");
  return Value::of_measured(std::move(*all), 1, true);
}

Expected<Value> Arithmetic::late_binary(Place place, std::string_view operation, const Value& left,
                                        const Value& right) const {
  if (operation == "==" || operation == "!=") {
    const bool left_bits = left.kind == Value::Kind::bits, right_bits = right.kind == Value::Kind::bits;
    const auto simple = [](const Value& value) {
      return value.is_whole() || value.kind == Value::Kind::digits || value.kind == Value::Kind::bits;
    };
    if (left_bits && simple(right)) return compare_bits(place, operation == "==", left, right);
    if (right_bits && simple(left)) return compare_bits(place, operation == "==", right, left);
  }
  const bool swapped = operation == ">" || operation == ">=";
  TRY(first, late(place, swapped ? right : left));
  TRY(second, late(place, swapped ? left : right));
  const auto found = bit_operation(operation == ">" ? "<" : operation == ">=" ? "<=" : operation);
  if (!found) {
    return refuse_at("unsupported-circuit", place,
                     fmt::format("'{}' of values that depend on a measurement is not supported", operation));
  }
  if (first.steps().size() + second.steps().size() > expression_size_max) {
    return refuse_at("too-large", place, "an expression of measured bits is too long");
  }
  const bool is_boolean =
      is_comparison(operation) || operation == "&&" || operation == "||" || (left.is_boolean && right.is_boolean);
  const auto width_of = [](const Value& value) {
    if (value.kind == Value::Kind::bits) return static_cast<int>(value.bits.size());
    if (value.kind == Value::Kind::digits) return static_cast<int>(value.digits.size());
    return value.kind == Value::Kind::measured ? value.width : 0;
  };
  const bool keeps = operation == "&" || operation == "|" || operation == "^";
  const int width = is_boolean                               ? 1
                    : keeps                                  ? std::max(width_of(left), width_of(right))
                    : operation == "<<" || operation == ">>" ? width_of(left)
                                                             : 64;
  BitExpression result = BitExpression::binary(*found, std::move(first), second);
  if (operation == "<<" && width > 0 && width < 64)
    result = BitExpression::unary(BitOperation::truncate, std::move(result), width);
  return Value::of_measured(std::move(result), width, is_boolean);
}

Expected<Value> Arithmetic::binary(Place place, std::string_view operation, Value left, Value right) const {
  if (left.kind == Value::Kind::nothing || right.kind == Value::Kind::nothing) {
    return refuse_at("bad-circuit", place, fmt::format("'{}' of something that has no value yet", operation));
  }
  if (left.is_late() || right.is_late()) {
    // What is known already may decide: false && c, true || c.
    for (const Value* known : {&left, &right}) {
      if (!known->is_whole()) continue;
      if (operation == "&&" && known->integer == 0) return Value::of_bool(false);
      if (operation == "||" && known->integer != 0) return Value::of_bool(true);
      if (operation == "&&" || operation == "||") return condition(place, known == &left ? right : left);
    }
    return late_binary(place, operation, left, right);
  }
  if (operation == "&&" || operation == "||") {
    TRY(a, condition(place, left));
    TRY(b, condition(place, right));
    return Value::of_bool(operation == "&&" ? a.integer != 0 && b.integer != 0 : a.integer != 0 || b.integer != 0);
  }
  if (left.kind == Value::Kind::digits && right.kind == Value::Kind::digits &&
      (operation == "==" || operation == "!=")) {
    return Value::of_bool((left.digits == right.digits) == (operation == "=="));
  }
  for (Value* value : {&left, &right}) {
    if (value->kind != Value::Kind::digits) continue;
    TRY(number, late(place, *value));
    *value = Value::of(number.steps()[0].value, static_cast<int>(value->digits.size()));
  }
  if (is_comparison(operation)) {
    TRY(a, real(place, left));
    TRY(b, real(place, right));
    if (!a.is_number() || !b.is_number()) {
      return refuse_at("unsupported-circuit", place,
                       "a comparison with a parameter that is bound late is not supported");
    }
    const auto answer = [&](auto x, auto y) {
      return operation == "=="   ? x == y
             : operation == "!=" ? x != y
             : operation == "<"  ? x < y
             : operation == ">"  ? x > y
             : operation == "<=" ? x <= y
                                 : x >= y;
    };
    return Value::of_bool(left.is_whole() && right.is_whole() ? answer(left.integer, right.integer)
                                                              : answer(a.number(), b.number()));
  }
  if (version == 3 && left.is_whole() && right.is_whole() && !(operation == "**" && right.integer < 0)) {
    const auto result = whole_operation(operation, left.integer, right.integer);
    if (!result) {
      return refuse_at("bad-circuit", place,
                       fmt::format("{} {} {} has no value within 64 bits", left.integer, operation, right.integer));
    }
    const bool is_boolean = left.kind == Value::Kind::boolean && right.kind == Value::Kind::boolean &&
                            (operation == "&" || operation == "|" || operation == "^");
    return is_boolean ? Value::of_bool(*result != 0) : Value::of(*result, std::max(left.width, right.width));
  }
  const auto found = real_operation(operation);
  if (!found) {
    return refuse_at("bad-circuit", place,
                     fmt::format("'{}' of {} and {}", shown(operation), kind_word(left), kind_word(right)));
  }
  TRY(a, real(place, left));
  TRY(b, real(place, right));
  if (a.size() + b.size() > expression_size_max)
    return refuse_at("too-large", place, "an expression of parameters is too long");
  return Value::of_real(Expression::binary(*found, a, b));
}

Expected<Value> Arithmetic::function(Place place, std::string_view name, std::vector<Value> arguments) const {
  struct Row {
    std::string_view name;
    Operation operation;
    int version;  ///< 0: both
  };
  constexpr std::array<Row, 20> rows = {{{"sin", Operation::sin, 0},
                                         {"cos", Operation::cos, 0},
                                         {"tan", Operation::tan, 0},
                                         {"exp", Operation::exp, 0},
                                         {"sqrt", Operation::sqrt, 0},
                                         {"ln", Operation::log, 2},
                                         {"log", Operation::log, 3},
                                         {"arcsin", Operation::arcsin, 3},
                                         {"arccos", Operation::arccos, 3},
                                         {"arctan", Operation::arctan, 3},
                                         {"asin", Operation::arcsin, 2},
                                         {"acos", Operation::arccos, 2},
                                         {"atan", Operation::arctan, 2},
                                         {"floor", Operation::floor, 3},
                                         {"ceiling", Operation::ceiling, 3},
                                         {"", Operation::sin, 0}}};
  const auto count = [&](std::size_t wanted) -> Expected<void> {
    if (arguments.size() == wanted) return {};
    return refuse_at("bad-circuit", place,
                     fmt::format("{} has {} arguments, and {} stand here", name, wanted, arguments.size()));
  };
  for (const Row& row : rows) {
    if (row.name.empty() || row.name != name || (row.version != 0 && row.version != version)) continue;
    CHECK_OK(count(1));
    TRY(operand, real(place, arguments[0]));
    if (operand.size() > expression_size_max)
      return refuse_at("too-large", place, "an expression of parameters is too long");
    return Value::of_real(Expression::unary(row.operation, operand));
  }
  if (version == 3 && (name == "pow" || name == "mod")) {
    CHECK_OK(count(2));
    return binary(place, name == "pow" ? "**" : "%", std::move(arguments[0]), std::move(arguments[1]));
  }
  if (version == 3 && name == "popcount") {
    CHECK_OK(count(1));
    TRY(number, whole(place, "the argument of popcount", arguments[0]));
    return Value::of(std::popcount(static_cast<std::uint64_t>(number)));
  }
  if (version == 3 && (name == "rotl" || name == "rotr" || name == "real" || name == "imag")) {
    return refuse_at("unsupported-circuit", place, fmt::format("the function {} is not supported", name));
  }
  return refuse_at("bad-circuit", place, fmt::format("there is no function or subroutine '{}'", shown(name)));
}

Expected<Value> Arithmetic::cast(Place place, std::string_view type, int width, Value value) const {
  if (value.kind == Value::Kind::nothing) return refuse_at("bad-circuit", place, "something that has no value yet");
  if (type == "float" || type == "angle") {
    TRY(number, real(place, value));
    return Value::of_real(std::move(number));
  }
  if (type == "bool") return condition(place, value);
  if (type == "bit") {
    if (value.kind == Value::Kind::digits || value.kind == Value::Kind::bits) return value;
    if (value.kind == Value::Kind::measured) {
      value.width = std::max(width, 1);
      return value;
    }
    TRY(number, whole(place, "the value of bits", value));
    Value digits;
    digits.kind = Value::Kind::digits;
    for (int i = std::max(width, 1) - 1; i >= 0; --i)
      digits.digits += (i < 64 && (number >> i & 1) != 0) || (i >= 64 && number < 0) ? '1' : '0';
    return digits;
  }
  // int and uint. What is measured stays so; a number of `width` bits with its sign in the highest.
  const bool is_signed = type == "int";
  if (width > 64)
    return refuse_at("unsupported-circuit", place, fmt::format("{}[{}]: 64 bits are the most", type, width));
  if (value.is_late()) {
    TRY(number, late(place, value));
    const int bits = value.kind == Value::Kind::bits ? static_cast<int>(value.bits.size()) : 65;
    if (is_signed && width > 0 && bits >= width) {
      number = BitExpression::unary(BitOperation::sign_extend, std::move(number), width);
    } else if (!is_signed && width > 0 && bits > width) {
      number = BitExpression::unary(BitOperation::truncate, std::move(number), width);
    }
    return Value::of_measured(std::move(number), width > 0 ? width : std::min(bits, 64));
  }
  if (value.kind == Value::Kind::digits) {
    if (value.digits.size() > 64) return refuse_at("unsupported-circuit", place, "a number of more than 64 bits");
    TRY(number, late(place, value));
    return Value::of(cut(number.steps()[0].value, width, is_signed), width);
  }
  if (value.kind == Value::Kind::real) {
    if (!value.real.is_number())
      return refuse_at("unsupported-circuit", place, "an integer from a parameter that is bound late is not supported");
    const double number = std::trunc(value.real.number());
    if (!(std::abs(number) < 9e18)) return refuse_at("bad-circuit", place, "a number beyond 64 bits");
    return Value::of(cut(static_cast<std::int64_t>(number), width, is_signed), width);
  }
  return Value::of(cut(value.integer, width, is_signed), width);
}

}  // namespace mingyue::quantum::qasm
