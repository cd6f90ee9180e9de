#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

/// Looking at the machine without depending on it: files that may be missing, programs and drivers that may hang.
namespace mingyue::host {

/// A file of /proc or /sys, at most 1 MiB of it; nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> read_text(const std::string& path);
/// Its first whole number.
[[nodiscard]] std::optional<std::int64_t> read_number(const std::string& path);
/// The names in a directory, sorted; none when there is no such directory.
[[nodiscard]] std::vector<std::string> names_in(const std::string& directory);
/// How many names there are `prefix` followed by digits only, like /dev/nvidia0.
[[nodiscard]] int count_numbered(const std::string& directory, std::string_view prefix);

[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view line);

/// Runs `ask` in a process of its own and returns its answer; nothing when it crashes or is not done in time: a driver
/// that hangs must not take the daemon with it. Call before threads are many: the child has only this one.
[[nodiscard]] std::optional<std::string> ask_with_deadline(const std::function<std::string()>& ask, Duration deadline);

/// What a program on PATH prints; nothing when there is none, it fails, or it is not done in time.
[[nodiscard]] std::optional<std::string> output_of(const std::vector<std::string>& command, Duration deadline);

}  // namespace mingyue::host
