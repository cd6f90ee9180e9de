#pragma once

#include <string>

#include "base/expected.hpp"
#include "host/sqlite.hpp"

/// The tables of DATA/centre.db. docs/formats/log.md describes each; here they are made, and brought up to date.
namespace mingyue::host {

inline constexpr int format_newest = 1;

[[nodiscard]] std::string database_path(const std::string& data);

/// Creates the tables in an empty database, or migrates older ones step by step, each step in a transaction of its own.
/// Faults: `wrong-version` when a newer version wrote it, `corrupt` when it is somebody else's database.
[[nodiscard]] Expected<void, Fault> bring_up_to_date(Database& database, const std::string& path);

/// For readers: the same checks, no change. An older format is `wrong-version` too, until a daemon has migrated it.
[[nodiscard]] Expected<void, Fault> check_format(Database& database, const std::string& path);

/// Values of the `meta` table: text by name.
[[nodiscard]] Expected<void, Fault> set_meta(Database& database, std::string_view key, std::string_view value);

/// A reader of a data directory: checks that there is a log, and its format.
[[nodiscard]] Expected<Database, Fault> open_reader(const std::string& data);

}  // namespace mingyue::host
