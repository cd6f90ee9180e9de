#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/units.hpp"
#include "sched/deadlines.hpp"
#include "sched/fair_share.hpp"
#include "sched/line_order.hpp"
#include "sched/plan.hpp"
#include "sched/room.hpp"

namespace mingyue::sched {
namespace {

constexpr std::int64_t full = 1000;

/// What cards weigh in a partition: cores and cards of the nodes that have them.
struct CardWeight {
  std::int64_t cores = 0;
  std::int64_t cards = 0;
};

struct PartitionWeight {
  std::int64_t total = 0;  ///< every node, usable or not: a broken node does not make jobs larger
  std::map<std::string, CardWeight, std::less<>> types;  ///< the empty name: of any type
};

std::vector<PartitionWeight> weigh(const Snapshot& snapshot) {
  std::vector<PartitionWeight> result(snapshot.partitions.size());
  for (const NodeView& node : snapshot.nodes) {
    PartitionWeight& partition = result[static_cast<std::size_t>(node.partition)];
    partition.total += weight(node.total, node.total);
    if (node.total.cards == CardCount{0}) continue;
    for (const std::string& type : {node.card_type, std::string()}) {
      partition.types[type].cores += node.total.cores.raw();
      partition.types[type].cards += node.total.cards.raw();
    }
  }
  return result;
}

std::int64_t size_factor(const PartitionWeight& partition, const model::JobSpec& spec) {
  std::int64_t size = 0;
  for (const model::Part& part : spec.parts) {
    size += std::int64_t{part.least()} * part.need.cores.raw();
    const auto type = partition.types.find(part.need.card_type);
    if (part.need.cards > CardCount{0} && type != partition.types.end())
      size += std::int64_t{part.least()} * part.need.cards.raw() * type->second.cores / type->second.cards;
  }
  return partition.total > 0 ? std::clamp<std::int64_t>(size * full / partition.total, 0, full) : 0;
}

/// Age counts from the instant at which the job stands in aged shortest first (line_order.hpp). The factor is 0 for
/// what has just come and is put back as far as can be, and full at the greatest age with nothing put back.
std::int64_t age_term(const model::Policy& policy, Instant now, const WaitingView& job) {
  const Duration back = policy.shortest_first;
  std::int64_t size = 0;
  for (const model::Part& part : job.spec->parts) {
    size +=
        std::int64_t{part.least()} * (part.need.cards > CardCount{0} ? part.need.cards.raw() : part.need.cores.raw());
  }
  const Instant from{aged_shortest_key(job.eligible_since, job.wall, size, back)};
  const std::int64_t span = (policy.age_max + back).raw();
  if (span <= 0) return policy.weight_age * full;
  const std::int64_t age = std::clamp<std::int64_t>((now - from + back).raw(), 0, span);
  return static_cast<std::int64_t>(static_cast<Int128>(policy.weight_age) * full * age / span);
}

}  // namespace

std::vector<std::pair<model::JobId, PriorityTerms>> order(const Snapshot& snapshot) {
  std::vector<std::pair<model::JobId, PriorityTerms>> result;
  if (snapshot.waiting.empty()) return result;
  result.reserve(snapshot.waiting.size());
  const FairShare fair_share(snapshot);
  const std::vector<PartitionWeight> partitions = weigh(snapshot);
  std::map<std::string_view, std::int64_t> merits;
  for (const model::Project& project : snapshot.projects) merits.emplace(project.name, project.merit);
  const model::Policy& policy = snapshot.policy;
  std::map<std::pair<std::string_view, std::string_view>, std::int64_t> shares;

  for (const WaitingView& job : snapshot.waiting) {
    const auto [share, is_new] = shares.try_emplace({job.project, job.user}, 0);
    if (is_new) share->second = fair_share.factor(job.project, job.user);
    const auto merit = merits.find(job.project);
    PriorityTerms terms;
    terms.class_term = std::int64_t{policy.weight_class} * std::clamp<std::int64_t>(job.rank, 0, full);
    terms.fair_share_term = policy.weight_fair_share * share->second;
    terms.age_term = age_term(policy, snapshot.now, job);
    terms.size_term = policy.weight_size * size_factor(partitions[static_cast<std::size_t>(job.partition)], *job.spec);
    terms.merit_term =
        policy.weight_merit * (merit != merits.end() ? std::clamp<std::int64_t>(merit->second, 0, full) : 0);
    terms.total = terms.class_term + terms.fair_share_term + terms.age_term + terms.size_term + terms.merit_term;
    result.emplace_back(job.id, terms);
  }
  const std::map<model::JobId, Instant> near = raise_deadlines(snapshot, result);
  const auto latest = [&](model::JobId job) {
    const auto it = near.find(job);
    return it == near.end() ? never : it->second;
  };
  std::sort(result.begin(), result.end(), [&](const auto& a, const auto& b) {
    if (a.second.total != b.second.total) return a.second.total > b.second.total;
    return std::pair(latest(a.first), a.first) < std::pair(latest(b.first), b.first);
  });
  // A gang that goes on after a node's loss takes back the nodes that it had, before anybody else does.
  std::set<model::JobId> go_on;
  for (const WaitingView& job : snapshot.waiting)
    if (job.goes_on) go_on.insert(job.id);
  if (!go_on.empty())
    std::stable_partition(result.begin(), result.end(), [&](const auto& one) { return go_on.contains(one.first); });
  return result;
}

}  // namespace mingyue::sched
