#pragma once

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The words by which SQL names enumerators: their names with `_` as `-`.
namespace mingyue::host {

template <class E>
[[nodiscard]] const std::vector<std::pair<E, std::string>>& enum_texts() {
  static const auto texts = [] {
    std::vector<std::pair<E, std::string>> all;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto enumerator) {
      std::string name = enumerator.name;
      for (char& c : name) c = c == '_' ? '-' : c;
      all.emplace_back(enumerator.value, std::move(name));
    });
    return all;
  }();
  return texts;
}

/// Empty for a number that is not an enumerator.
template <class E>
[[nodiscard]] std::string_view enum_text(E value) {
  for (const auto& [known, text] : enum_texts<E>()) {
    if (known == value) return text;
  }
  return {};
}

template <class E>
[[nodiscard]] std::optional<E> enum_of(std::string_view text) {
  for (const auto& [known, name] : enum_texts<E>()) {
    if (name == text) return known;
  }
  return std::nullopt;
}

}  // namespace mingyue::host
