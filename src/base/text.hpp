#pragma once

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.hpp"

/// Small questions about text that many folders ask.
namespace mingyue {

/// Someone else's text inside a message of ours: at most `length_max` bytes, no control characters (they could redraw a
/// terminal), always valid UTF-8.
[[nodiscard]] std::string shown(std::string_view text, std::size_t length_max = 40);

/// True when the bytes are well-formed UTF-8 (no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

/// How many bytes the code point at the front of `text` takes; 0 when it is none, or `text` is empty.
[[nodiscard]] std::size_t code_point_length(std::string_view text);

/// `a, b or c`, for hints.
[[nodiscard]] std::string one_of(const std::vector<std::string>& words);

/// The word for a described name: `_` becomes `-`, a trailing `_` (which keeps C++ keywords apart) is dropped.
[[nodiscard]] std::string described_word(std::string_view name);

/// The word for an enumerator, `launch-failed`; `?` for a number that has no name.
template <class Enum>
[[nodiscard]] std::string enum_word(Enum value) {
  std::string word = "?";
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto enumerator) {
    if (enumerator.value == value) word = described_word(enumerator.name);
  });
  return word;
}

/// All words of an enum, in the order of its description.
template <class Enum>
[[nodiscard]] std::vector<std::string> enum_words() {
  std::vector<std::string> words;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>(
      [&](auto enumerator) { words.push_back(described_word(enumerator.name)); });
  return words;
}

/// The enumerator of a word, or nothing.
template <class Enum>
[[nodiscard]] std::optional<Enum> enum_from_word(std::string_view word) {
  std::optional<Enum> value;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto enumerator) {
    if (described_word(enumerator.name) == word) value = enumerator.value;
  });
  return value;
}

}  // namespace mingyue
