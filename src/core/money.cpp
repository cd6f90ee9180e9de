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

namespace {

/// Of the cards in a partition, the type with the lowest or the highest price. Empty where there are none.
std::string card_type_at(const model::Centre& centre, const model::NodeKinds& kinds, const std::string& partition,
                         AnyCard any) {
  const std::uint32_t number = model::partition_number(centre, partition);
  std::string found;
  Credits best;
  for (const model::NodeKind& kind : kinds.all()) {
    if (kind.partition != number || kind.cards == CardCount{0}) continue;
    const std::string& type = kinds.card_type(kind);
    const auto price = std::ranges::find(centre.prices, type, &model::Price::card_type);
    const Credits per_hour = price == centre.prices.end() ? Credits{} : price->per_hour;
    const bool better = any == AnyCard::cheapest ? per_hour < best : per_hour > best;
    if (!found.empty() && !better) continue;
    found = type;
    best = per_hour;
  }
  return found;
}

}  // namespace

Credits price_at_limit(const model::Centre& centre, const model::NodeKinds& kinds, const model::JobSpec& spec,
                       std::int32_t tasks_in_all, AnyCard any) {
  const std::string any_type = card_type_at(centre, kinds, spec.partition, any);
  Credits sum;
  for (const model::Part& part : spec.parts) {
    const std::int64_t tasks = spec.tasks_of(part, tasks_in_all);
    for (const model::Price& price : centre.prices) {
      std::int64_t count = 0;
      if (price.card_type.empty())
        count = part.need.cores.raw();
      else if (price.card_type == (part.need.card_type.empty() ? any_type : part.need.card_type))
        count = part.need.cards.raw();
      sum += price_ceil(held(count * tasks, spec.wall), price.per_hour);
    }
  }
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
