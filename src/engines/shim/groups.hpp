#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engines/shim/files.hpp"
#include "engines/shim/order.hpp"

/// The control groups of one attempt, on whatever this machine has: full v2, v2 for killing beside v1 for limits, or
/// none.
///
/// An attempt has one folder in each hierarchy; a gang's tasks have folders below it, because memory is limited per
/// task. What cannot be made is left out, and the answers below say so: the supervisor then falls back to looking at
/// /proc.
namespace mingyue::engines {

class Groups {
 public:
  explicit Groups(const ShimOrder& order);

  /// True when the kernel holds this task to its memory limit.
  [[nodiscard]] bool limits_memory(std::size_t task) const;
  /// For clone3(CLONE_INTO_CGROUP); -1 when there is no v2 group.
  [[nodiscard]] int entry(std::size_t task) const { return tasks_[task].entry.get(); }
  /// Files that a new process of the task writes `0` to, before it runs its program.
  [[nodiscard]] const std::vector<std::string>& joins(std::size_t task) const { return tasks_[task].joins; }

  /// How often the kernel killed a process of this task for want of memory.
  [[nodiscard]] std::int64_t memory_kills(std::size_t task) const;
  [[nodiscard]] std::int64_t memory_peak() const;  ///< of all tasks together; 0: unknown
  [[nodiscard]] std::int64_t cpu_ms() const;       ///< 0: unknown

  /// SIGKILL to everything inside, in one step. False when there is no group that can.
  bool kill();
  /// Takes the folders away again; they must be empty of processes.
  void remove();

 private:
  struct Task {
    Fd entry;
    std::string unified;  ///< when it limits memory
    std::string memory;   ///< likewise, v1
    std::vector<std::string> joins;
  };
  bool make(const std::string& folder);

  std::string unified_;
  std::vector<std::string> folders_;  ///< made by us, in the order of making
  std::vector<Task> tasks_;
};

/// Kills what is inside a v2 group that an earlier supervisor left behind, and removes its folders in all hierarchies.
/// True when nothing is left.
bool clear_groups(const ShimGroups& groups);

}  // namespace mingyue::engines
