#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// Memory limits where the kernel has no control group for them: a look at every process of the attempt, once a second.
///
/// First the resident sizes, which are cheap and count shared pages once per process; only when they exceed the limit,
/// the proportional sizes, which do not. A program can be over its limit for the second between two looks.
namespace mingyue::engines {

struct WatchedTask {
  pid_t pid = 0;
  std::int64_t memory_max = 0;  ///< 0: not limited by us
};

class MemoryWatch {
 public:
  /// The index of a task that is over its limit, if one is.
  [[nodiscard]] std::optional<std::size_t> look(pid_t supervisor, const std::vector<WatchedTask>& tasks);
  /// The largest sum over all tasks at any look.
  [[nodiscard]] std::int64_t peak() const { return peak_; }

 private:
  /// Which task a process belongs to. Remembered, because an orphan's parent no longer says.
  std::map<pid_t, std::size_t> owners_;
  std::int64_t peak_ = 0;
};

}  // namespace mingyue::engines
