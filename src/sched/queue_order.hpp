#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sched/fair_share.hpp"
#include "sched/plan.hpp"

namespace mingyue::sched {

/// Everything but the job itself that its place in the queue follows from: fair-share, the sizes of partitions, the
/// policy. The snapshot must outlive it.
class QueueOrder {
 public:
  explicit QueueOrder(const Snapshot& snapshot);

  /// All but the deadline's (sched/deadlines.hpp), which depends on the other jobs.
  [[nodiscard]] PriorityTerms terms(const WaitingView& job);

 private:
  /// What cards weigh in a partition: cores and cards of the nodes that have them.
  struct CardWeight {
    std::int64_t cores = 0;
    std::int64_t cards = 0;
  };
  struct PartitionWeight {
    std::int64_t total = 0;  ///< every node, usable or not: a broken node does not make jobs larger
    std::map<std::string, CardWeight, std::less<>> types;  ///< the empty name: of any type
  };
  /// What all jobs of a user for a project have in common.
  struct Standing {
    std::int64_t fair_share = 0;
    std::int64_t merit = 0;
  };
  using Who = std::pair<std::string_view, std::string_view>;  ///< project and user
  struct WhoHash {
    std::size_t operator()(const Who& who) const {
      const std::hash<std::string_view> hash;
      return hash(who.first) * 31 + hash(who.second);
    }
  };
  [[nodiscard]] const Standing& standing_of(const WaitingView& job);
  [[nodiscard]] static std::int64_t size_factor(const PartitionWeight& partition, const model::JobSpec& spec);
  [[nodiscard]] std::int64_t age_term(const WaitingView& job) const;

  const Snapshot& snapshot_;
  const Instant now_;  ///< of all ages, also of those who come later
  FairShare fair_share_;
  std::map<std::string_view, std::int64_t> merits_;
  std::vector<PartitionWeight> partitions_;
  std::unordered_map<Who, Standing, WhoHash> standings_;
};

/// Best first, ties by id: places in Snapshot::waiting. Fills in the deadline terms; `terms` are of the snapshot's
/// waiting jobs, in their order.
[[nodiscard]] std::vector<std::uint32_t> in_order(const Snapshot& snapshot, std::vector<PriorityTerms>& terms);

}  // namespace mingyue::sched
