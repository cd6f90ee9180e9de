#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mingyue::host {

/// What control groups leave to this process, version 1, 2 or both at once: the least of its own group and all above
/// it.
struct GroupLimits {
  std::optional<std::int64_t> memory_bytes;    ///< nothing: no limit
  std::optional<std::int64_t> cpu_millicores;  ///< quota / period, in thousandths of a core
};

/// `root` is in front of every path (tests have a machine of their own in a folder).
[[nodiscard]] GroupLimits group_limits(const std::string& root = "");

}  // namespace mingyue::host
