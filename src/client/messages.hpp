#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/language.hpp"

namespace mingyue::client {

/// The language of the environment: LC_ALL, LC_MESSAGES, LANG in this order; zh for those that begin with `zh`.
[[nodiscard]] Language language_of_environment();

/// The catalogue: the sentence of a key in the language. A key that is not there is a bug and comes back as itself.
[[nodiscard]] std::string_view message(Language language, std::string_view key);

/// The sentence in the language of the environment, filled in.
template <class... Args>
[[nodiscard]] std::string say(std::string_view key, const Args&... args) {
  return fmt::format(fmt::runtime(message(language_of_environment(), key)), args...);
}

/// How many keys there are, and the n-th with both texts: for the test that both are whole.
struct CatalogueEntry {
  std::string_view key, en, zh;
};
[[nodiscard]] std::size_t catalogue_size();
[[nodiscard]] CatalogueEntry catalogue_entry(std::size_t n);

}  // namespace mingyue::client
