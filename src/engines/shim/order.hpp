#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the engine asks of a shim: the contents of the file `order`. Everything is resolved (paths, cores, control
/// groups, the whole environment), so that the shim decides nothing and needs no library.
namespace mingyue::engines {

struct ShimTask {
  std::int32_t rank = 0;
  std::vector<std::string> command;      ///< empty when there is a script
  std::string script;                    ///< written to a file by the shim, and run
  std::vector<std::string> environment;  ///< `NAME=value`
  std::vector<std::int32_t> cpus;        ///< to pin to; empty: not pinned
  std::int64_t memory_max = 0;           ///< bytes; 0: no limit
  std::string output;                    ///< where its output goes too, relative to the working folder; empty: nowhere
  friend bool operator==(const ShimTask&, const ShimTask&) = default;
};

/// Control groups of the attempt; each path is empty where this machine has no such thing.
struct ShimGroups {
  std::string unified;          ///< v2: the folder of the attempt; kills and counts CPU time
  bool unified_memory = false;  ///< v2 with the memory controller
  bool unified_pids = false;    ///< v2 with the pids controller
  std::string memory;           ///< v1: the folder of the attempt in the memory hierarchy
  std::string pids;             ///< v1: likewise
  friend bool operator==(const ShimGroups&, const ShimGroups&) = default;
};

struct ShimOrder {
  std::string attempt;            ///< `4711.2`, for messages
  std::string workdir;            ///< absolute
  bool workdir_is_fresh = false;  ///< the shim makes it
  bool terminal = false;
  std::int64_t wall_ms = 0;  ///< 0: no limit
  std::int32_t checkpoint_signal = 0;
  std::int64_t checkpoint_grace_ms = 0;
  std::int64_t term_grace_ms = 5000;  ///< from SIGTERM to SIGKILL, where the engine says nothing else
  std::int64_t output_bytes_max = 0;  ///< of one stream on disk
  std::int64_t processes_max = 0;     ///< of the attempt; 0: no limit
  std::int64_t hang_after_ms = 0;     ///< not for the shim: the engine reads it when it adopts the attempt; 0: never
  std::string checkpoint_folder;      ///< made by the shim when it is not there
  ShimGroups groups;
  std::vector<ShimTask> tasks;
  friend bool operator==(const ShimOrder&, const ShimOrder&) = default;
};

[[nodiscard]] std::string encode(const ShimOrder& order);

/// Empty when the bytes are not a whole order of this version.
[[nodiscard]] std::optional<ShimOrder> decode_order(std::string_view bytes);

}  // namespace mingyue::engines
