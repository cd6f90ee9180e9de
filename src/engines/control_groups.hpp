#pragma once

#include <string>
#include <string_view>

#include "engines/shim/order.hpp"

/// Which control groups this machine lets us use: found in /proc, then tried, because what is mounted is often not
/// writable, and what is writable does not always hold.
///
///     full v2   one hierarchy with the memory and pids controllers
///     hybrid    v2 without controllers (kills a whole group in one step) beside v1 hierarchies that limit
///     none      the subreaper and looks at /proc do all the work
namespace mingyue::engines {

/// The folder in each hierarchy below which groups of attempts may be made; empty: there is none.
struct ControlGroups {
  std::string unified;
  bool unified_memory = false;
  bool unified_pids = false;
  std::string memory;  ///< v1
  std::string pids;    ///< v1
  friend bool operator==(const ControlGroups&, const ControlGroups&) = default;

  [[nodiscard]] bool limit_memory() const { return unified_memory || !memory.empty(); }
  [[nodiscard]] bool limit_processes() const { return unified_pids || !pids.empty(); }
  /// The groups of one attempt; `name` tells it from those of other engines on this machine.
  [[nodiscard]] ShimGroups of_attempt(const std::string& name) const;
};

/// What is mounted, and where in it this process is. `mounts` is /proc/self/mountinfo, `memberships` /proc/self/cgroup.
/// Pure.
[[nodiscard]] ControlGroups mounted_groups(std::string_view mounts, std::string_view memberships);

/// What of it really works: makes a group, puts a process into it that exceeds the limit, and sees whether it is
/// stopped. Takes a few tens of milliseconds. In full v2 this process moves to a leaf group of its own first, as the
/// kernel demands of those who want to limit their children.
[[nodiscard]] ControlGroups tried_groups(ControlGroups mounted, const std::string& shim, const std::string& name);

}  // namespace mingyue::engines
