#pragma once

#include "quantum/qasm_parser.hpp"

/// The inside of the parser; only its own files include this.
namespace mingyue::quantum::qasm {

/// Text may be nested this deeply: the parser calls itself for each level.
inline constexpr int nesting_max = 200;

/// Counts a level of nesting for as long as it lives.
class Depth {
 public:
  explicit Depth(int& depth) : depth_(depth) { ++depth_; }
  ~Depth() { --depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  [[nodiscard]] bool too_deep() const { return depth_ > nesting_max; }

 private:
  int& depth_;
};

[[nodiscard]] bool is_unsupported_word(std::string_view word);
/// By the name of the feature; only for a word that is_unsupported_word.
[[nodiscard]] Unexpected<Refusal> refuse_unsupported(const Token& token);

}  // namespace mingyue::quantum::qasm
