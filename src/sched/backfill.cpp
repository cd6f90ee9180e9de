#include "sched/backfill.hpp"

#include <array>
#include <utility>

#include "sched/line_order.hpp"

namespace mingyue::sched {
namespace {
constexpr std::array<std::pair<std::string_view, Backfill>, 5> policy_names{{{"fcfs", Backfill::fcfs},
                                                                             {"easy", Backfill::easy},
                                                                             {"easy-sjbf", Backfill::easy_sjbf},
                                                                             {"conservative", Backfill::conservative},
                                                                             {"aged", Backfill::aged}}};
}  // namespace

std::optional<Backfill> parse_backfill(std::string_view name) {
  for (const auto& [text, policy] : policy_names) {
    if (text == name) return policy;
  }
  return std::nullopt;
}

std::string_view print_backfill(Backfill policy) {
  for (const auto& [text, one] : policy_names) {
    if (one == policy) return text;
  }
  return "";
}

std::int64_t key_of(Backfill policy, Instant submitted, Duration wall, std::int64_t size, Pressure pressure) {
  if (policy != Backfill::aged) return arrival_key(submitted);
  return pressure == Pressure::calm ? aged_shortest_key(submitted, wall, size)
                                    : aged_shortest_key(submitted, wall, size, put_back_when_full);
}

}  // namespace mingyue::sched
