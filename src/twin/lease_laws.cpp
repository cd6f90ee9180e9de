#include "twin/lease_laws.hpp"

#include <algorithm>
#include <set>

#include "base/invariant.hpp"
#include "model/node_kinds.hpp"

namespace mingyue::twin {

void LeaseLaws::see(const core::Event& event) {
  if (const auto* configured = std::get_if<core::CentreConfigured>(&event.body)) {
    centre_ = configured->centre;
    spare_ = model::spare_nodes(centre_);
  } else if (const auto* submitted = std::get_if<core::JobSubmitted>(&event.body)) {
    const auto count = std::max<std::size_t>(1, submitted->spec->indices.size());
    for (std::size_t i = 0; i < count; ++i) jobs_[model::JobId{submitted->first.raw() + i}].spec = submitted->spec;
  } else if (const auto* granted = std::get_if<core::LeaseGranted>(&event.body)) {
    if (!granted->lease.shares().empty()) grant(*granted);
  } else if (const auto* noticed = std::get_if<core::PreemptionNoticed>(&event.body); noticed && noticed->move) {
    std::optional<Instant>& before = jobs_.at(noticed->attempt.job).moved_at;
    INVARIANT(!before || event.at - *before >= centre_.policy.move_pause, "job {} is moved again after {} ms",
              noticed->attempt.job.raw(), (event.at - *before).raw());
    before = event.at;
    ++moves_;
  } else if (const auto* ended = std::get_if<core::AttemptEnded>(&event.body)) {
    Seen& job = jobs_.at(ended->attempt.job);
    std::set<model::NodeId> nodes;
    for (const model::NodeShare& share : job.lease.shares()) nodes.insert(share.node);
    job.nodes_hit = ended->end.cause == model::EndCause::node_lost ? static_cast<std::int32_t>(nodes.size()) : 0;
  }
}

void LeaseLaws::grant(const core::LeaseGranted& event) {
  Seen& job = jobs_.at(event.attempt.job);
  const std::int32_t tasks = event.lease.tasks();
  INVARIANT(job.spec->tasks_least() <= tasks && tasks <= job.spec->tasks(), "attempt {} has {} tasks, not {} to {}",
            model::print(event.attempt), tasks, job.spec->tasks_least(), job.spec->tasks());
  if (tasks < job.spec->tasks()) ++elastic_;
  job.lease = event.lease;
  bool on_spare = false;
  for (const model::NodeShare& share : event.lease.shares()) on_spare = on_spare || spare_.at(share.node.raw());
  if (!on_spare) return;
  ++on_spares_;
  const auto partition = std::ranges::find(centre_.partitions, job.spec->partition, &model::Partition::name);
  const bool goes_on = partition != centre_.partitions.end() && job.nodes_hit >= partition->spares_for;
  INVARIANT(job.spec->preemptible || goes_on, "attempt {} is ordinary work and stands on a spare node",
            model::print(event.attempt));
}

}  // namespace mingyue::twin
