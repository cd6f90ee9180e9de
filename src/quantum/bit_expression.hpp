#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mingyue::quantum {

enum class BitOperation : std::uint8_t {
  constant,
  bits,         ///< `count` neighbouring classical bits from `first` as an unsigned number, the first the lowest
  sign_extend,  ///< of a number of `count` bits
  truncate,     ///< to `count` bits
  negate,
  invert,       ///< every bit of the 64
  logical_not,  ///< 1 for 0, else 0
  add,
  subtract,
  multiply,
  bit_and,
  bit_or,
  bit_xor,
  shift_left,
  shift_right,
  equal,
  not_equal,
  less,
  less_equal,
  logical_and,
  logical_or,
};

/// The bits that a shot has measured so far, one word for 64.
using BitWords = std::vector<std::uint64_t>;
[[nodiscard]] inline bool bit_of(std::span<const std::uint64_t> words, int bit) {
  return (words[static_cast<std::size_t>(bit) / 64] >> (static_cast<unsigned>(bit) % 64) & 1) != 0;
}
inline void set_bit(std::span<std::uint64_t> words, int bit, bool value) {
  const std::uint64_t mask = std::uint64_t{1} << (static_cast<unsigned>(bit) % 64);
  auto& word = words[static_cast<std::size_t>(bit) / 64];
  word = value ? word | mask : word & ~mask;
}

/// A whole number computed from classical bits while a circuit runs: the condition of a branch, the value of an
/// assignment. Numbers are of 64 bits, two's complement; sums wrap. Cost: one step for each operation.
class BitExpression {
 public:
  struct Step {
    BitOperation operation = BitOperation::constant;
    std::int64_t value = 0;  ///< of a constant
    std::int32_t first = 0;  ///< of bits
    std::int32_t count = 0;  ///< of bits, sign_extend, truncate: 1 to 64
    friend bool operator==(const Step&, const Step&) = default;
  };

  [[nodiscard]] static BitExpression constant(std::int64_t value);
  [[nodiscard]] static BitExpression bits(int first, int count);
  /// sign_extend and truncate to `count` bits; negate, invert, logical_not (`count` is of no meaning).
  [[nodiscard]] static BitExpression unary(BitOperation operation, BitExpression operand, int count = 0);
  [[nodiscard]] static BitExpression binary(BitOperation operation, BitExpression left, const BitExpression& right);

  [[nodiscard]] std::int64_t evaluate(std::span<const std::uint64_t> words) const;
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  /// Calls visit(bit) for every bit it reads.
  template <class Visit>
  void for_each_bit(Visit visit) const {
    for (const Step& step : steps_) {
      if (step.operation != BitOperation::bits) continue;
      for (int i = 0; i < step.count; ++i) visit(step.first + i);
    }
  }
  friend bool operator==(const BitExpression&, const BitExpression&) = default;

 private:
  std::vector<Step> steps_;
};

[[nodiscard]] bool is_binary(BitOperation operation);

}  // namespace mingyue::quantum
