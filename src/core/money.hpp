#pragma once

#include <cstdint>

#include "base/units.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"
#include "model/lease.hpp"
#include "model/node_kinds.hpp"

/// What leases cost and weigh. Pure arithmetic over the centre's price list.
namespace mingyue::core {

/// The price of holding the lease for so long; each resource rounded up by itself. A resource without a price is free.
/// `kinds` are those of the centre.
[[nodiscard]] Credits price_of(const model::Centre& centre, const model::NodeKinds& kinds, const model::Lease& lease,
                               Duration time);

/// What a job pays that takes cards of any type: as if they were the partition's cheapest, or its dearest.
enum class AnyCard : std::uint8_t { cheapest, dearest };

/// The price of one attempt with so many tasks in all that lasts as long as its wall limit; quantum devices, which are
/// paid for by use, not included.
[[nodiscard]] Credits price_at_limit(const model::Centre& centre, const model::NodeKinds& kinds,
                                     const model::JobSpec& spec, std::int32_t tasks_in_all, AnyCard any);

/// Use for fair-share, in core-milliseconds; a card weighs as many cores as its node has for each of its cards.
[[nodiscard]] std::int64_t weighted_use(const model::NodeKinds& kinds, const model::Lease& lease, Duration time);

}  // namespace mingyue::core
