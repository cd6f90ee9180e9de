#include "quantum/bit_expression.hpp"

#include <array>

#include "base/invariant.hpp"

namespace mingyue::quantum {
namespace {

std::uint64_t mask_of(int count) { return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1; }

std::int64_t read_bits(std::span<const std::uint64_t> words, int first, int count) {
  const auto word = static_cast<std::size_t>(first) / 64;
  const unsigned shift = static_cast<unsigned>(first) % 64;
  INVARIANT(word < words.size(), "bit {} of {} words", first, words.size());
  std::uint64_t value = words[word] >> shift;
  if (shift != 0 && word + 1 < words.size()) value |= words[word + 1] << (64 - shift);
  return static_cast<std::int64_t>(value & mask_of(count));
}

std::int64_t compute(BitOperation operation, std::int64_t signed_a, int count) {
  const auto a = static_cast<std::uint64_t>(signed_a);
  switch (operation) {
    case BitOperation::sign_extend: {
      if (count >= 64) return signed_a;
      const std::uint64_t low = a & mask_of(count);
      return static_cast<std::int64_t>((low >> (count - 1)) != 0 ? low | ~mask_of(count) : low);
    }
    case BitOperation::truncate:
      return static_cast<std::int64_t>(a & mask_of(count));
    case BitOperation::negate:
      return static_cast<std::int64_t>(0 - a);
    case BitOperation::invert:
      return static_cast<std::int64_t>(~a);
    case BitOperation::logical_not:
      return a == 0 ? 1 : 0;
    default:
      INVARIANT(false, "operation {} has one operand", static_cast<int>(operation));
  }
  return 0;
}

std::int64_t compute(BitOperation operation, std::int64_t signed_a, std::int64_t signed_b) {
  const auto a = static_cast<std::uint64_t>(signed_a);
  const auto b = static_cast<std::uint64_t>(signed_b);
  switch (operation) {
    case BitOperation::add:
      return static_cast<std::int64_t>(a + b);
    case BitOperation::subtract:
      return static_cast<std::int64_t>(a - b);
    case BitOperation::multiply:
      return static_cast<std::int64_t>(a * b);
    case BitOperation::bit_and:
      return static_cast<std::int64_t>(a & b);
    case BitOperation::bit_or:
      return static_cast<std::int64_t>(a | b);
    case BitOperation::bit_xor:
      return static_cast<std::int64_t>(a ^ b);
    case BitOperation::shift_left:
      return b > 63 ? 0 : static_cast<std::int64_t>(a << b);
    case BitOperation::shift_right:
      return b > 63 ? 0 : static_cast<std::int64_t>(a >> b);
    case BitOperation::equal:
      return a == b ? 1 : 0;
    case BitOperation::not_equal:
      return a != b ? 1 : 0;
    case BitOperation::less:
      return signed_a < signed_b ? 1 : 0;
    case BitOperation::less_equal:
      return signed_a <= signed_b ? 1 : 0;
    case BitOperation::logical_and:
      return a != 0 && b != 0 ? 1 : 0;
    case BitOperation::logical_or:
      return a != 0 || b != 0 ? 1 : 0;
    default:
      INVARIANT(false, "operation {} has two operands", static_cast<int>(operation));
  }
  return 0;
}

}  // namespace

bool is_binary(BitOperation operation) { return operation >= BitOperation::add; }

BitExpression BitExpression::constant(std::int64_t value) {
  BitExpression expression;
  expression.steps_.push_back({BitOperation::constant, value, 0, 0});
  return expression;
}

BitExpression BitExpression::bits(int first, int count) {
  INVARIANT(first >= 0 && count >= 1 && count <= 64, "{} bits from {}", count, first);
  BitExpression expression;
  expression.steps_.push_back({BitOperation::bits, 0, first, count});
  return expression;
}

BitExpression BitExpression::unary(BitOperation operation, BitExpression operand, int count) {
  operand.steps_.push_back({operation, 0, 0, count});
  return operand;
}

BitExpression BitExpression::binary(BitOperation operation, BitExpression left, const BitExpression& right) {
  left.steps_.insert(left.steps_.end(), right.steps_.begin(), right.steps_.end());
  left.steps_.push_back({operation, 0, 0, 0});
  return left;
}

std::int64_t BitExpression::evaluate(std::span<const std::uint64_t> words) const {
  std::array<std::int64_t, 16> small{};
  std::vector<std::int64_t> large;
  std::int64_t* stack = small.data();
  if (steps_.size() > small.size()) {
    large.resize(steps_.size());
    stack = large.data();
  }
  std::size_t height = 0;
  for (const Step& step : steps_) {
    if (step.operation == BitOperation::constant) {
      stack[height++] = step.value;
    } else if (step.operation == BitOperation::bits) {
      stack[height++] = read_bits(words, step.first, step.count);
    } else if (is_binary(step.operation)) {
      --height;
      stack[height - 1] = compute(step.operation, stack[height - 1], stack[height]);
    } else {
      stack[height - 1] = compute(step.operation, stack[height - 1], step.count);
    }
  }
  INVARIANT(height == 1, "an expression leaves {} values", height);
  return stack[0];
}

}  // namespace mingyue::quantum
