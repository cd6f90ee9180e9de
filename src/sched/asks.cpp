#include "sched/asks.hpp"

#include <algorithm>

namespace mingyue::sched {

std::size_t Asks::Hash::operator()(const std::vector<std::int64_t>& key) const {
  std::uint64_t h = key.size();
  for (const std::int64_t n : key) h = (h ^ static_cast<std::uint64_t>(n)) * 0x9e3779b97f4a7c15ULL, h ^= h >> 29;
  return h;
}

std::size_t Asks::number_of(std::int32_t section, const model::JobSpec& spec, Duration wall,
                            const Allowance& allowance) {
  key_ = {section, wall.raw(), allowance.spares ? 1 : 0, std::min(allowance.tasks_most, spec.tasks())};
  for (const model::Part& part : spec.parts) {
    const bool wants_cards = part.need.cards > CardCount{0};
    key_.insert(key_.end(), {part.need.cores.raw(), part.need.memory.raw(), part.need.cards.raw(),
                             wants_cards ? types_.number_of(part.need.card_type) : CardTypes::none, part.tasks,
                             part.tasks_least, static_cast<std::int64_t>(part.placement)});
  }
  return known_.try_emplace(key_, known_.size()).first->second;
}

}  // namespace mingyue::sched
