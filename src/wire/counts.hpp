#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/describe.hpp"

namespace mingyue::wire {

/// The body of GET /v1/jobs/count.
struct JobCounts {
  std::vector<std::pair<std::string, std::int64_t>> by_state;  ///< every state that was asked for, in the order of life
  std::int64_t all = 0;
};
DESCRIBE(JobCounts, by_state, all)

}  // namespace mingyue::wire
