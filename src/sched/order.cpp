#include <algorithm>
#include <compare>

#include "base/units.hpp"
#include "sched/deadlines.hpp"
#include "sched/line_order.hpp"
#include "sched/queue_order.hpp"
#include "sched/room.hpp"

namespace mingyue::sched {
namespace {
constexpr std::int64_t full = 1000;
}

QueueOrder::QueueOrder(const Snapshot& snapshot)
    : snapshot_(snapshot), now_(snapshot.now), fair_share_(snapshot), partitions_(snapshot.partitions.size()) {
  for (const model::Project& project : snapshot.projects) merits_.emplace(project.name, project.merit);
  for (const NodeView& node : snapshot.nodes) {
    PartitionWeight& partition = partitions_[static_cast<std::size_t>(node.partition)];
    partition.total += weight(node.total, node.total);
    if (node.total.cards == CardCount{0}) continue;
    for (const std::string_view type : {std::string_view(node.card_type), std::string_view()}) {
      auto known = partition.types.find(type);
      if (known == partition.types.end()) known = partition.types.try_emplace(std::string(type)).first;
      known->second.cores += node.total.cores.raw();
      known->second.cards += node.total.cards.raw();
    }
  }
}

std::int64_t QueueOrder::size_factor(const PartitionWeight& partition, const model::JobSpec& spec) {
  std::int64_t size = 0;
  for (const model::Part& part : spec.parts) {
    size += std::int64_t{part.least()} * part.need.cores.raw();
    if (part.need.cards == CardCount{0}) continue;
    const auto type = partition.types.find(part.need.card_type);
    if (type != partition.types.end())
      size += std::int64_t{part.least()} * part.need.cards.raw() * type->second.cores / type->second.cards;
  }
  return partition.total > 0 ? std::clamp<std::int64_t>(size * full / partition.total, 0, full) : 0;
}

/// Age counts from the instant at which the job stands in aged shortest first (line_order.hpp). The factor is 0 for
/// what has just come and is put back as far as can be, and full at the greatest age with nothing put back.
std::int64_t QueueOrder::age_term(const WaitingView& job) const {
  const model::Policy& policy = snapshot_.policy;
  const Duration back = policy.shortest_first;
  std::int64_t size = 0;
  for (const model::Part& part : job.spec->parts) {
    size +=
        std::int64_t{part.least()} * (part.need.cards > CardCount{0} ? part.need.cards.raw() : part.need.cores.raw());
  }
  const Instant from{aged_shortest_key(job.eligible_since, job.wall, size, back)};
  const std::int64_t span = (policy.age_max + back).raw();
  if (span <= 0) return policy.weight_age * full;
  const std::int64_t age = std::clamp<std::int64_t>((now_ - from + back).raw(), 0, span);
  return static_cast<std::int64_t>(static_cast<Int128>(policy.weight_age) * full * age / span);
}

const QueueOrder::Standing& QueueOrder::standing_of(const WaitingView& job) {
  const auto [known, is_new] = standings_.try_emplace(Who{job.project, job.user});
  if (is_new) {
    known->second.fair_share = fair_share_.factor(job.project, job.user);
    if (const auto merit = merits_.find(job.project); merit != merits_.end())
      known->second.merit = std::clamp<std::int64_t>(merit->second, 0, full);
  }
  return known->second;
}

PriorityTerms QueueOrder::terms(const WaitingView& job) {
  const model::Policy& policy = snapshot_.policy;
  const Standing& standing = standing_of(job);
  PriorityTerms terms;
  terms.class_term = std::int64_t{policy.weight_class} * std::clamp<std::int64_t>(job.rank, 0, full);
  terms.fair_share_term = policy.weight_fair_share * standing.fair_share;
  terms.age_term = age_term(job);
  terms.size_term = policy.weight_size * size_factor(partitions_[static_cast<std::size_t>(job.partition)], *job.spec);
  terms.merit_term = policy.weight_merit * standing.merit;
  terms.total = terms.class_term + terms.fair_share_term + terms.age_term + terms.size_term + terms.merit_term;
  return terms;
}

std::vector<std::uint32_t> in_order(const Snapshot& snapshot, std::vector<PriorityTerms>& terms) {
  const std::map<model::JobId, Instant> near = raise_deadlines(snapshot, terms);
  struct Key {
    bool others = true;  ///< a gang that goes on after a node's loss takes back its nodes before anybody else does
    std::int64_t less = 0;
    Instant latest = never;
    std::uint32_t view = 0;  ///< as the ids go
    auto operator<=>(const Key&) const = default;
  };
  std::vector<Key> keys;
  keys.reserve(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const WaitingView& job = snapshot.waiting[i];
    Key& key =
        keys.emplace_back(Key{.others = !job.goes_on, .less = -terms[i].total, .view = static_cast<std::uint32_t>(i)});
    if (near.empty()) continue;
    if (const auto it = near.find(job.id); it != near.end()) key.latest = it->second;
  }
  std::ranges::sort(keys);
  std::vector<std::uint32_t> views;
  views.reserve(keys.size());
  for (const Key& key : keys) views.push_back(key.view);
  return views;
}

std::vector<std::pair<model::JobId, PriorityTerms>> order(const Snapshot& snapshot) {
  std::vector<std::pair<model::JobId, PriorityTerms>> result;
  if (snapshot.waiting.empty()) return result;
  QueueOrder order(snapshot);
  std::vector<PriorityTerms> terms;
  terms.reserve(snapshot.waiting.size());
  for (const WaitingView& job : snapshot.waiting) terms.push_back(order.terms(job));
  result.reserve(terms.size());
  for (const std::uint32_t view : in_order(snapshot, terms))
    result.emplace_back(snapshot.waiting[view].id, terms[view]);
  return result;
}

}  // namespace mingyue::sched
