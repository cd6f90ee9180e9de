#include "core/money.hpp"

#include <algorithm>

namespace mingyue::core {

std::vector<Held> held_by(const model::Centre& centre, const std::vector<model::TaskLease>& leases) {
  std::vector<Held> held{{"", 0}};
  for (const auto& lease : leases) {
    held[0].count += static_cast<std::int64_t>(lease.cores.size());
    if (lease.cards.empty()) continue;
    const std::string& type = centre.nodes.at(lease.node.raw()).card_type;
    auto it = std::ranges::find(held, type, &Held::card_type);
    if (it == held.end()) it = held.insert(held.end(), Held{type, 0});
    it->count += static_cast<std::int64_t>(lease.cards.size());
  }
  std::ranges::sort(held, {}, &Held::card_type);
  return held;
}

Credits price_of(const model::Centre& centre, const std::vector<model::TaskLease>& leases, Duration time) {
  Credits sum;
  for (const Held& h : held_by(centre, leases)) {
    const auto it = std::ranges::find(centre.prices, h.card_type, &model::Price::card_type);
    if (it != centre.prices.end()) sum += price_ceil(held(h.count, time), it->per_hour);
  }
  return sum;
}

std::int64_t weighted_use(const model::Centre& centre, const std::vector<model::TaskLease>& leases, Duration time) {
  std::int64_t cores = 0;
  for (const auto& lease : leases) {
    const model::Node& node = centre.nodes.at(lease.node.raw());
    const auto own = static_cast<std::int64_t>(lease.cores.size());
    const auto cards = static_cast<std::int64_t>(lease.cards.size());
    const std::int64_t by_cards = node.cards.raw() > 0 ? cards * node.cores.raw() / node.cards.raw() : 0;
    cores += std::max(own, by_cards);
  }
  return cores * time.raw();
}

}  // namespace mingyue::core
