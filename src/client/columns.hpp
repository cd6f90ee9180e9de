#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/session.hpp"
#include "client/table.hpp"

namespace mingyue::client {

/// A table whose titles are keys of the catalogue below `column.`; a title that is none of these stands as it is.
[[nodiscard]] inline Table titled(const Session& session, std::vector<Table::Column> columns) {
  for (Table::Column& column : columns) {
    const std::string key = "column." + column.title;
    if (const std::string_view title = message(session.language, key); title != key) column.title = title;
  }
  return Table(std::move(columns));
}

/// The table as this user's terminal shows it.
[[nodiscard]] inline std::string printed(const Session& session, const Table& table) {
  return table.print(session.width, session.colour);
}

}  // namespace mingyue::client
