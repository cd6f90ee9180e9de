#pragma once

#include <cstdint>

#include "base/units.hpp"
#include "model/centre.hpp"
#include "model/lease.hpp"
#include "model/node_kinds.hpp"

/// What leases cost and weigh. Pure arithmetic over the centre's price list.
namespace mingyue::core {

/// The price of holding the lease for so long; each resource rounded up by itself. A resource without a price is free.
/// `kinds` are those of the centre.
[[nodiscard]] Credits price_of(const model::Centre& centre, const model::NodeKinds& kinds, const model::Lease& lease,
                               Duration time);

/// Use for fair-share, in core-milliseconds; a card weighs as many cores as its node has for each of its cards.
[[nodiscard]] std::int64_t weighted_use(const model::NodeKinds& kinds, const model::Lease& lease, Duration time);

}  // namespace mingyue::core
