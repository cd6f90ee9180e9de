#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace mingyue::quantum {

/// Where something stands in OpenQASM text; both count from 1, columns in code points.
struct Place {
  int line = 1;
  int column = 1;
};

/// A refusal about this place: `line 3, column 7: MESSAGE`, and field `3:7`.
[[nodiscard]] Unexpected<Refusal> refuse_at(std::string code, Place place, std::string_view message,
                                            std::string hint = {});

struct Token {
  enum class Kind : std::uint8_t { end, name, integer, real, text, symbol, timing, hardware_qubit };
  Kind kind = Kind::end;
  Place place;
  std::string_view text;  ///< as it stands in the source; of a text, what is between the quotes
  std::int64_t integer = 0;
  double real = 0;

  [[nodiscard]] bool is(std::string_view word) const {
    return text == word && (kind == Kind::symbol || kind == Kind::name);
  }
};

/// OpenQASM text as tokens, one at a time. Comments and annotations (`@name ...` at the start of a line) are passed
/// over.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  [[nodiscard]] Expected<Token> next();

 private:
  [[nodiscard]] Expected<void> skip_blank();
  [[nodiscard]] Expected<Token> number(Token token);
  void advance(std::size_t bytes);
  [[nodiscard]] bool starts(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::size_t name_length(std::size_t from) const;

  std::string_view text_;
  std::size_t at_ = 0;
  Place place_;
  bool line_begins_ = true;
};

}  // namespace mingyue::quantum
