#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/language.hpp"
#include "client/connection.hpp"
#include "client/messages.hpp"
#include "formats/json.hpp"
#include "formats/json_read.hpp"
#include "formats/parse.hpp"

namespace mingyue::client {

/// What every verb has at hand: the way to the centre, and how its user wants to read.
struct Session {
  Connection connection;
  Language language = Language::en;
  bool json = false;
  bool terminal = false;  ///< standard output is one
  bool colour = false;    ///< a terminal, and NO_COLOR is not set
  int width = 0;          ///< of the terminal; 0: none

  template <class... Args>
  [[nodiscard]] std::string text(std::string_view key, Args&&... args) const {
    return fmt::format(fmt::runtime(message(language, key)), std::forward<Args>(args)...);
  }
};

/// Prints to standard output. Ends the process quietly when nobody reads any more (`mingyue jobs | head`).
void out(std::string_view text);

/// Prints every refusal with its field, line and hint to standard error; `file` names the document it is about.
Exit tell(const Session& session, const Failure& failure, std::string_view file = {});

template <class T>
[[nodiscard]] Expected<T, Failure> read_as(const Tree& tree) {
  auto value = formats::read_json<T>(tree, formats::UnknownFields::ignore);
  if (!value) return Unexpected<Failure>(Failure{200, {value.error()}});
  return std::move(*value);
}

template <class T>
[[nodiscard]] Expected<T, Failure> get_one(const Session& session, const std::string& path) {
  TRY(tree, session.connection.get(path));
  return read_as<T>(tree);
}

template <class T>
[[nodiscard]] Expected<std::vector<T>, Failure> get_list(const Session& session, const std::string& path) {
  TRY(tree, session.connection.get(path));
  std::vector<T> items;
  for (const Tree& item : tree.items) {
    TRY(one, read_as<T>(item));
    items.push_back(std::move(one));
  }
  return items;
}

/// For programs: the same values that a table shows.
template <class T>
void print_json(const T& value) {
  out(formats::write_json(value, formats::JsonStyle::cli, formats::JsonLayout::pretty) + "\n");
}

/// `14:20`, `Nov 27 14:20`, in local time; `-` for none.
[[nodiscard]] std::string short_time(const std::optional<Instant>& t);
[[nodiscard]] Instant now();

}  // namespace mingyue::client
