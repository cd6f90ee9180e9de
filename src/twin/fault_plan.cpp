#include "twin/fault_plan.hpp"

#include <algorithm>

#include "twin/exponential.hpp"

namespace mingyue::twin {
namespace {
constexpr Duration repair_max = days(365);
}

Duration Repair::draw(Prng& prng) const {
  switch (law) {
    case Law::exponential:
      return std::min(draw_exponential(prng, typical), repair_max);
    case Law::log_normal:
      return workload::draw_log_normal(prng, typical, sigma, repair_max);
    case Law::fixed:
      break;
  }
  return std::clamp(typical, milliseconds(1), repair_max);
}

FaultPlan plain_faults(std::int64_t per_million_node_days) {
  return {.categories = {{.name = "node-lost",
                          .per_million_node_days = per_million_node_days,
                          .repair = {.law = Repair::Law::exponential, .typical = hours(24)}}}};
}

}  // namespace mingyue::twin
