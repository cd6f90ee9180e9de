#pragma once

#include <expected>
#include <string>
#include <utility>

namespace mingyue {

/// A refusal: the answer is no, and a person reads why.
///
/// `code` is a stable word from the catalogue in docs/errors.md (`unknown-partition`); programs compare it. `field` is
/// the path of what was wrong (`parts[1].cores`), empty when the whole is. `message` says what is wrong with the values
/// in it, `hint` what to do next. `line` is the line of the document, from 1; 0 when there is none.
struct Refusal {
  std::string code;
  std::string field;
  std::string message;
  std::string hint;
  int line = 0;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// A fault: the world failed (disk full, engine unreachable). The edge retries or reports it.
struct Fault {
  std::string code;
  std::string message;

  friend bool operator==(const Fault&, const Fault&) = default;
};

template <class T, class E = Refusal>
using Expected = std::expected<T, E>;

template <class E>
using Unexpected = std::unexpected<E>;

[[nodiscard]] inline Unexpected<Refusal> refuse(std::string code, std::string field, std::string message,
                                                std::string hint = {}, int line = 0) {
  return Unexpected<Refusal>(Refusal{std::move(code), std::move(field), std::move(message), std::move(hint), line});
}

[[nodiscard]] inline Unexpected<Fault> fault(std::string code, std::string message) {
  return Unexpected<Fault>(Fault{std::move(code), std::move(message)});
}

}  // namespace mingyue

#define MINGYUE_CONCAT_(a, b) a##b
#define MINGYUE_CONCAT(a, b) MINGYUE_CONCAT_(a, b)

/// `TRY(name, expression)`: name the value of an Expected, or return its error.
#define TRY(name, expression)                                                                                     \
  auto MINGYUE_CONCAT(try_, __LINE__) = (expression);                                                             \
  if (!MINGYUE_CONCAT(try_, __LINE__)) return std::unexpected(std::move(MINGYUE_CONCAT(try_, __LINE__)).error()); \
  auto name = std::move(*MINGYUE_CONCAT(try_, __LINE__))

/// `CHECK_OK(expression)`: return the error of an Expected<void>, or go on.
#define CHECK_OK(expression)                                                                             \
  do {                                                                                                   \
    if (auto check_ok_ = (expression); !check_ok_) return std::unexpected(std::move(check_ok_).error()); \
  } while (false)
