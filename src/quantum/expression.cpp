#include "quantum/expression.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "base/invariant.hpp"

namespace mingyue::quantum {
namespace {

using Step = Expression::Step;

bool is_binary(Operation operation) { return operation >= Operation::add && operation <= Operation::modulo; }

double compute(Operation operation, double a) {
  switch (operation) {
    case Operation::negate:
      return -a;
    case Operation::sin:
      return std::sin(a);
    case Operation::cos:
      return std::cos(a);
    case Operation::tan:
      return std::tan(a);
    case Operation::exp:
      return std::exp(a);
    case Operation::log:
      return std::log(a);
    case Operation::sqrt:
      return std::sqrt(a);
    case Operation::arcsin:
      return std::asin(a);
    case Operation::arccos:
      return std::acos(a);
    case Operation::arctan:
      return std::atan(a);
    case Operation::floor:
      return std::floor(a);
    case Operation::ceiling:
      return std::ceil(a);
    default:
      INVARIANT(false, "operation {} has one operand", static_cast<int>(operation));
  }
  return 0;
}

double compute(Operation operation, double a, double b) {
  switch (operation) {
    case Operation::add:
      return a + b;
    case Operation::subtract:
      return a - b;
    case Operation::multiply:
      return a * b;
    case Operation::divide:
      return a / b;
    case Operation::power:
      return std::pow(a, b);
    case Operation::modulo:
      return std::fmod(a, b);
    default:
      INVARIANT(false, "operation {} has two operands", static_cast<int>(operation));
  }
  return 0;
}

void append(std::vector<Step>& steps, const Expression& operand) {
  if (operand.is_number()) {
    steps.push_back({Operation::constant, 0, operand.number()});
  } else {
    steps.insert(steps.end(), operand.steps().begin(), operand.steps().end());
  }
}

/// How tightly it binds, as OpenQASM 3 says: + and -, then * / %, then a sign, then **.
int binding(Operation operation, double value) {
  switch (operation) {
    case Operation::add:
    case Operation::subtract:
      return 1;
    case Operation::multiply:
    case Operation::divide:
    case Operation::modulo:
      return 2;
    case Operation::negate:
      return 3;
    case Operation::power:
      return 4;
    case Operation::constant:
      return std::signbit(value) ? 3 : 5;
    default:
      return 5;
  }
}

const char* word_of(Operation operation) {
  switch (operation) {
    case Operation::add:
      return " + ";
    case Operation::subtract:
      return " - ";
    case Operation::multiply:
      return " * ";
    case Operation::divide:
      return " / ";
    case Operation::modulo:
      return " % ";
    case Operation::power:
      return " ** ";
    case Operation::sin:
      return "sin";
    case Operation::cos:
      return "cos";
    case Operation::tan:
      return "tan";
    case Operation::exp:
      return "exp";
    case Operation::log:
      return "log";
    case Operation::sqrt:
      return "sqrt";
    case Operation::arcsin:
      return "arcsin";
    case Operation::arccos:
      return "arccos";
    case Operation::arctan:
      return "arctan";
    case Operation::floor:
      return "floor";
    case Operation::ceiling:
      return "ceiling";
    default:
      return "";
  }
}

std::string digits_of(double value) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  // A whole number would read back as an integer, and divide as one.
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

Expression Expression::parameter(std::uint32_t index) {
  Expression expression;
  expression.steps_.edit().push_back({Operation::parameter, index, 0});
  return expression;
}

Expression Expression::unary(Operation operation, const Expression& operand) {
  if (operand.is_number()) return {compute(operation, operand.value_)};
  Expression expression = operand;
  expression.steps_.edit().push_back({operation, 0, 0});
  return expression;
}

Expression Expression::binary(Operation operation, const Expression& left, const Expression& right) {
  if (left.is_number() && right.is_number()) return {compute(operation, left.value_, right.value_)};
  Expression expression;
  auto& steps = expression.steps_.edit();
  steps.reserve(left.size() + right.size() + 1);
  append(steps, left);
  append(steps, right);
  steps.push_back({operation, 0, 0});
  return expression;
}

double Expression::evaluate(std::span<const double> values) const {
  if (is_number()) return value_;
  // The stack is never higher than there are operands; most expressions fit the small one.
  std::array<double, 16> small{};
  std::vector<double> large;
  double* stack = small.data();
  if (steps_->size() > small.size()) {
    large.resize(steps_->size());
    stack = large.data();
  }
  std::size_t height = 0;
  for (const Step& step : *steps_) {
    if (step.operation == Operation::constant) {
      stack[height++] = step.value;
    } else if (step.operation == Operation::parameter) {
      INVARIANT(step.parameter < values.size(), "parameter {} of {}", step.parameter, values.size());
      stack[height++] = values[step.parameter];
    } else if (is_binary(step.operation)) {
      --height;
      stack[height - 1] = compute(step.operation, stack[height - 1], stack[height]);
    } else {
      stack[height - 1] = compute(step.operation, stack[height - 1]);
    }
  }
  return stack[0];
}

std::uint32_t Expression::parameters_end() const {
  std::uint32_t end = 0;
  for (const Step& step : *steps_) {
    if (step.operation == Operation::parameter) end = std::max(end, step.parameter + 1);
  }
  return end;
}

std::string print_number(double value) {
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  const double size = std::abs(value);
  for (const int divisor : {1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512, 1024}) {
    const double times = std::round(size * divisor / std::numbers::pi);
    if (times < 1 || times > 64 || times * std::numbers::pi / divisor != size) continue;
    std::string text = value < 0 ? "-" : "";
    if (times != 1) text += std::to_string(static_cast<int>(times)) + "*";
    text += "pi";
    if (divisor != 1) text += "/" + std::to_string(divisor);
    return text;
  }
  return digits_of(value);
}

std::string print_expression(const Expression& expression, std::span<const std::string> names) {
  if (expression.is_number()) return print_number(expression.number());
  struct Text {
    std::string text;
    int binding;
  };
  std::vector<Text> stack;
  const auto at_least = [](const Text& text, int wanted) {
    return text.binding < wanted ? "(" + text.text + ")" : text.text;
  };
  for (const Step& step : expression.steps()) {
    const int own = binding(step.operation, step.value);
    if (step.operation == Operation::constant) {
      stack.push_back({digits_of(step.value), own});
    } else if (step.operation == Operation::parameter) {
      INVARIANT(step.parameter < names.size(), "parameter {} of {}", step.parameter, names.size());
      stack.push_back({names[step.parameter], own});
    } else if (is_binary(step.operation)) {
      const Text right = std::move(stack.back());
      stack.pop_back();
      Text& left = stack.back();
      // All but ** group to the left. A sign on the left of ** would be taken to hold of the whole power.
      const bool is_power = step.operation == Operation::power;
      left = {at_least(left, is_power ? 5 : own) + word_of(step.operation) +
                  at_least(right, is_power ? 4 : std::max(own + 1, right.binding == 3 ? 4 : 0)),
              own};
    } else if (step.operation == Operation::negate) {
      stack.back() = {"-" + at_least(stack.back(), 4), own};
    } else {
      stack.back() = {word_of(step.operation) + ("(" + stack.back().text + ")"), own};
    }
  }
  return stack.back().text;
}

}  // namespace mingyue::quantum
