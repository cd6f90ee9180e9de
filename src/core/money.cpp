#include "core/money.hpp"

#include <algorithm>
#include <vector>

namespace mingyue::core {

Credits price_of(const model::Centre& centre, const model::NodeKinds& kinds, const model::Lease& lease, Duration time) {
  if (centre.prices.empty()) return {};
  std::int64_t cores = 0;
  std::vector<std::int64_t> cards(kinds.card_types().size());
  for (const model::NodeShare& share : lease.shares()) {
    cores += share.cores.count();
    if (!share.cards.empty()) cards[kinds.of(share.node).card_type] += share.cards.count();
  }
  const auto price = [&](std::string_view type, std::int64_t count) {
    const auto it = std::ranges::find(centre.prices, type, &model::Price::card_type);
    return it == centre.prices.end() ? Credits{} : price_ceil(held(count, time), it->per_hour);
  };
  Credits sum = price("", cores);
  for (std::size_t type = 0; type < cards.size(); ++type)
    if (cards[type] > 0) sum += price(kinds.card_types()[type], cards[type]);
  return sum;
}

std::int64_t weighted_use(const model::NodeKinds& kinds, const model::Lease& lease, Duration time) {
  std::int64_t cores = 0;
  for (const model::NodeShare& share : lease.shares()) {
    const model::NodeKind& node = kinds.of(share.node);
    const std::int64_t cards = share.cards_a_task();
    const std::int64_t by_cards = node.cards.raw() > 0 ? cards * node.cores.raw() / node.cards.raw() : 0;
    cores += std::max<std::int64_t>(share.cores_a_task(), by_cards) * share.tasks;
  }
  return cores * time.raw();
}

}  // namespace mingyue::core
