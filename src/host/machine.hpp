#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/centre_document.hpp"

namespace mingyue::host {

/// This machine, as far as this process may use it.
struct Machine {
  /// Host name, user, and: cores of the affinity mask, no more than a control group's CPU quota allows (whole cores, at
  /// least one); memory of the machine or of the tightest control group; cards.
  model::MachineFacts facts;
  std::vector<std::int32_t> core_list;  ///< the kernel's numbers of those cores, ascending; as many as facts.cores
  std::int32_t packages = 0;            ///< 0: hwloc could not say
  std::int32_t numa_nodes = 0;
  std::int32_t physical_cores = 0;
  std::vector<std::string> notes;  ///< what an operator should know: `a CPU quota leaves 2 of 8 cores`
};

/// Looks once. May take seconds where a driver is slow; asks drivers in processes of their own, so call it before the
/// daemon has many threads.
[[nodiscard]] Machine look_at_machine();

}  // namespace mingyue::host
