#include "sched/demand.hpp"

namespace mingyue::sched {

std::size_t DemandHash::operator()(const Demand& d) const {
  std::uint64_t h = 0;
  const auto mix = [&h](std::int64_t n) {
    h = (h ^ static_cast<std::uint64_t>(n)) * 0x9e3779b97f4a7c15ULL, h ^= h >> 29;
  };
  mix(d.kind), mix(d.whole);
  for (const Room* room : {&d.whole_room, &d.part}) {
    mix(room->cores.raw()), mix(room->memory.raw()), mix(room->cards.raw());
  }
  return h;
}

std::size_t DemandHash::operator()(const std::vector<Request>& alternatives) const {
  std::uint64_t h = 0;
  for (const Request& request : alternatives) {
    h = h * 31 + (request.apart ? 1 : 2);
    for (const Demand& demand : request.parts) h = (h ^ (*this)(demand)) * 0x9e3779b97f4a7c15ULL;
  }
  return h;
}

std::optional<Demand> demand_of(std::int32_t kind, const Room& total, std::int32_t tasks, const Room& need) {
  const std::int32_t a_node = times(need, total, tasks);
  if (a_node == 0) return std::nullopt;
  // A node that holds as many tasks as it can is whole: what it has left is of no use to another of these tasks.
  const bool fills = times(need, total, a_node + 1) == a_node;
  Demand demand{.kind = kind};
  if (fills) {
    demand.whole = tasks / a_node;
    demand.whole_room = need * a_node;
    tasks -= demand.whole * a_node;
  }
  demand.part = need * tasks;
  // One task that leaves most of the node free shares it.
  if (demand.whole == 1 && !demand.has_part() && level_of(total, demand.whole_room) < level_of(total, total)) {
    demand.part = demand.whole_room;
    demand.whole = 0;
  }
  if (demand.whole == 0) demand.whole_room = {};
  return demand;
}

}  // namespace mingyue::sched
