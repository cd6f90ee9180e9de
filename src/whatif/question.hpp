#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/job.hpp"

/// A question to a live centre: what if? The centre's state is copied and run on, with and without the change, by the
/// same decide, apply and plan (whatif/answer.hpp).
namespace mingyue::whatif {

struct MoreNodes {
  std::string like;        ///< an existing node: the new ones are as it is, in its partition and on its switch
  std::int32_t count = 0;  ///< 1 to 100,000
};

/// Weights of the order; those that are given replace the centre's.
struct Weights {
  std::optional<std::int32_t> by_class, fair_share, age, size, merit;
};

struct Question {
  std::vector<std::string> drain;   ///< names of nodes: nothing new starts there, what runs goes on
  std::vector<std::string> resume;  ///< of drained ones; and of lost ones, as if they answered again
  std::vector<MoreNodes> add;
  Weights weights;
  std::vector<model::JobSpec> submit;  ///< checked already; of the person who asks
  Duration horizon = days(7);
  std::int32_t futures = 1;  ///< 1: every job uses its whole limit. More: that one, and others with drawn run times
  std::uint64_t seed = 1;
};

}  // namespace mingyue::whatif
