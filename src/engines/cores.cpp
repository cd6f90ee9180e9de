#include "engines/cores.hpp"

#include <hwloc.h>

#include <algorithm>

namespace mingyue::engines {

CoreMap CoreMap::of_this_machine() {
  std::vector<std::vector<std::int32_t>> cores;
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return CoreMap({});
  if (hwloc_topology_load(topology) == 0) {
    const int count = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
    for (int i = 0; i < count; ++i) {
      hwloc_obj* const core = hwloc_get_obj_by_type(topology, HWLOC_OBJ_CORE, static_cast<unsigned>(i));
      std::vector<std::int32_t>& processors = cores.emplace_back();
      for (int p = hwloc_bitmap_first(core->cpuset); p >= 0; p = hwloc_bitmap_next(core->cpuset, p))
        processors.push_back(p);
    }
  }
  hwloc_topology_destroy(topology);
  return CoreMap(std::move(cores));
}

std::vector<std::int32_t> CoreMap::processors(const std::vector<std::int32_t>& cores) const {
  std::vector<std::int32_t> found;
  for (const std::int32_t core : cores) {
    if (core < 0 || static_cast<std::size_t>(core) >= cores_.size()) return {};
    const auto& processors = cores_[static_cast<std::size_t>(core)];
    found.insert(found.end(), processors.begin(), processors.end());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace mingyue::engines
