#pragma once

#include <cstdint>
#include <vector>

/// Which processors of the kernel a leased core is.
///
/// Core i of a node is the i-th physical core of this machine that we may use, with all its hardware threads: so two
/// leases never share a core. The machine's own node has size() cores; cores beyond that, which only a node declared
/// too large has, are not pinned.
namespace mingyue::engines {

class CoreMap {
 public:
  /// Asks hwloc. An empty map (hwloc cannot tell) pins nothing.
  [[nodiscard]] static CoreMap of_this_machine();
  explicit CoreMap(std::vector<std::vector<std::int32_t>> cores) : cores_(std::move(cores)) {}

  /// The processors of these cores, ascending; empty (not pinned) when one of them does not exist here.
  [[nodiscard]] std::vector<std::int32_t> processors(const std::vector<std::int32_t>& cores) const;
  [[nodiscard]] std::size_t size() const { return cores_.size(); }

 private:
  std::vector<std::vector<std::int32_t>> cores_;
};

}  // namespace mingyue::engines
