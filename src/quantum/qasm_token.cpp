#include "quantum/qasm_token.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace mingyue::quantum {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// The longest first.
constexpr std::array<std::string_view, 39> symbols = {
    "**=", "<<=", ">>=", "->", "==", "!=", "<=", ">=", "&&", "||", "<<", ">>", "**", "++", "+=", "-=", "*=", "/=", "%=",
    "&=",  "|=",  "^=",  "~=", "[",  "]",  "{",  "}",  "(",  ")",  ";",  ",",  ":",  ".",  "=",  "+",  "-",  "@"};
constexpr std::string_view single_symbols = "*/%<>&|^~!#";

}  // namespace

Unexpected<Refusal> refuse_at(std::string code, Place place, std::string_view message, std::string hint) {
  return refuse(std::move(code), fmt::format("{}:{}", place.line, place.column),
                fmt::format("line {}, column {}: {}", place.line, place.column, message), std::move(hint), place.line);
}

void Lexer::advance(std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i, ++at_) {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
      line_begins_ = true;
    } else if ((static_cast<unsigned char>(text_[at_]) & 0xc0) != 0x80) {
      ++place_.column;
    }
  }
}

Expected<void> Lexer::skip_blank() {
  const auto skip_line = [this] {
    const std::size_t end = text_.find('\n', at_);
    advance((end == std::string_view::npos ? text_.size() : end) - at_);
  };
  while (at_ < text_.size()) {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      advance(1);
    } else if (starts("//")) {
      skip_line();
    } else if (starts("/*")) {
      const std::size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return refuse_at("bad-circuit", place_, "a comment that does not end");
      advance(end + 2 - at_);
    } else if (c == '@' && line_begins_ && is_letter(peek(1))) {
      skip_line();
    } else {
      break;
    }
  }
  return {};
}

std::size_t Lexer::name_length(std::size_t from) const {
  std::size_t end = from;
  while (end < text_.size()) {
    const char c = text_[end];
    if (is_letter(c) || (end > from && is_digit(c))) {
      ++end;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      // Greek letters and their like; no spaces or signs beyond ASCII begin with these bytes that matter here.
      const std::size_t length = code_point_length(text_.substr(end));
      const auto first = static_cast<unsigned char>(c);
      if (length < 2 || (first == 0xe2 && static_cast<unsigned char>(text_[end + 1]) < 0x84) || first == 0xc2) break;
      end += length;
    } else {
      break;
    }
  }
  return end - from;
}

Expected<Token> Lexer::number(Token token) {
  std::size_t end = at_;
  int base = 10;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) base = 16;
  if (peek() == '0' && (peek(1) == 'b' || peek(1) == 'B')) base = 2;
  if (peek() == '0' && (peek(1) == 'o' || peek(1) == 'O')) base = 8;
  std::string digits;
  const auto take = [&](auto accepts) {
    while (end < text_.size() && (accepts(text_[end]) || (text_[end] == '_' && !digits.empty()))) {
      if (text_[end] != '_') digits += text_[end];
      ++end;
    }
  };
  token.kind = Token::Kind::integer;
  if (base != 10) {
    end += 2;
    take([](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
  } else {
    take(is_digit);
    if (end < text_.size() && text_[end] == '.') {
      token.kind = Token::Kind::real;
      digits += '.';
      ++end;
      take(is_digit);
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const bool is_signed = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      if (const std::size_t first = end + (is_signed ? 2 : 1); first < text_.size() && is_digit(text_[first])) {
        token.kind = Token::Kind::real;
        digits += 'e';
        if (is_signed) digits += text_[end + 1];
        end = first;
        take(is_digit);
      }
    }
  }
  token.text = text_.substr(at_, end - at_);
  const char* last = digits.data() + digits.size();
  const auto result = token.kind == Token::Kind::real ? std::from_chars(digits.data(), last, token.real)
                                                      : std::from_chars(digits.data(), last, token.integer, base);
  if (result.ec != std::errc{} || result.ptr != last) {
    return refuse_at("bad-circuit", place_, fmt::format("'{}' is no number, or beyond 64 bits", shown(token.text)));
  }
  advance(end - at_);
  if (const std::size_t unit = name_length(at_); unit > 0) {
    const std::string_view word = text_.substr(at_, unit);
    if (word == "im") return refuse_at("unsupported-circuit", token.place, "complex numbers are not supported");
    if (word != "ns" && word != "us" && word != "µs" && word != "ms" && word != "s" && word != "dt") {
      return refuse_at("bad-circuit", place_, fmt::format("'{}' directly after a number", shown(word)));
    }
    token.kind = Token::Kind::timing;
    advance(unit);
  }
  return token;
}

Expected<Token> Lexer::next() {
  CHECK_OK(skip_blank());
  Token token;
  token.place = place_;
  line_begins_ = false;
  if (at_ >= text_.size()) return token;
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(token);
  if (const std::size_t length = name_length(at_); length > 0) {
    token.kind = Token::Kind::name;
    token.text = text_.substr(at_, length);
    advance(length);
    return token;
  }
  if (c == '"' || c == '\'') {
    const std::size_t end = text_.find_first_of(c == '"' ? "\"\n" : "'\n", at_ + 1);
    if (end == std::string_view::npos || text_[end] == '\n') {
      return refuse_at("bad-circuit", place_, "a text that does not end on its line");
    }
    token.kind = Token::Kind::text;
    token.text = text_.substr(at_ + 1, end - at_ - 1);
    advance(end + 1 - at_);
    return token;
  }
  if (c == '$' && is_digit(peek(1))) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    token.kind = Token::Kind::hardware_qubit;
    token.text = text_.substr(at_, end - at_);
    advance(end - at_);
    return token;
  }
  token.kind = Token::Kind::symbol;
  for (const std::string_view symbol : symbols) {
    if (symbol.empty() || !starts(symbol)) continue;
    token.text = text_.substr(at_, symbol.size());
    advance(symbol.size());
    return token;
  }
  if (single_symbols.find(c) != std::string_view::npos) {
    token.text = text_.substr(at_, 1);
    advance(1);
    return token;
  }
  const std::size_t length = std::max<std::size_t>(1, code_point_length(text_.substr(at_)));
  return refuse_at("bad-circuit", place_,
                   fmt::format("the character '{}' means nothing here", shown(text_.substr(at_, length))));
}

}  // namespace mingyue::quantum
