#pragma once

#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "model/attempt.hpp"
#include "model/centre.hpp"

/// What leases cost and weigh. Pure arithmetic over the centre's price list.
namespace mingyue::core {

/// How many cores, and cards of each type, the leases hold.
struct Held {
  std::string card_type;  ///< empty: cores
  std::int64_t count = 0;
};
[[nodiscard]] std::vector<Held> held_by(const model::Centre& centre, const std::vector<model::TaskLease>& leases);

/// The price of holding the leases for so long; each resource rounded up by itself. A resource without a price is free.
[[nodiscard]] Credits price_of(const model::Centre& centre, const std::vector<model::TaskLease>& leases, Duration time);

/// Use for fair-share, in core-milliseconds; a card weighs as many cores as its node has for each of its cards.
[[nodiscard]] std::int64_t weighted_use(const model::Centre& centre, const std::vector<model::TaskLease>& leases,
                                        Duration time);

}  // namespace mingyue::core
