#include <algorithm>

#include "base/invariant.hpp"
#include "twin/trace_world.hpp"

/// Faults: foreseen by the world alone, striking, noticed by the centre, repaired.
namespace mingyue::twin {
namespace {

using model::JobId;
using model::NodeId;

/// Only the last checkpoint before a fault matters to anyone, so only that one need be reported. Faults are drawn a
/// while ahead of their time for it.
constexpr Duration foresight = days(2);

}  // namespace

Expected<void> TraceWorld::prepare_faults() {
  if (!options_.faults) return {};
  TRY(source, FaultSource::make(*options_.faults, options_.centre, begin_, options_.seed));
  faults_ = std::move(source);
  if (const std::int64_t rate = faults_->per_million_node_days(); rate > 0) failure_rate_ = FailureRate(rate);
  return {};
}

/// Draws the faults of the time to come, and looks ahead anew for the jobs that they will hit.
void TraceWorld::foresee(Instant now) {
  while (faults_->next_at() <= now + foresight) {
    const std::uint64_t number = ++fault_numbers_;
    const Fault& fault = known_.emplace(number, faults_->next()).first->second;
    due_.push({fault.at, What::fault, number});
    for (const std::uint32_t node : fault.nodes) next_fault_[node] = std::min(next_fault_[node], fault.at);
    for (const std::uint64_t job : jobs_on(fault.nodes)) {
      LiveJob& live = live_.at(job);
      if (live.computing && !live.still_from && fault.at < live.clock.ends_at()) plan_ahead(job, live, now);
    }
  }
  if (faults_->next_at() < never) due_.push({faults_->next_at() - foresight, What::foresee});
}

Instant TraceWorld::next_fault_of(const LiveJob& live) const {
  Instant next = never;
  for (const std::int32_t node : live.nodes) next = std::min(next, next_fault_[static_cast<std::size_t>(node)]);
  return next;
}

void TraceWorld::recompute_next_fault(const Fault& fault) {
  for (const std::uint32_t node : fault.nodes) {
    Instant next = never;
    for (const auto& [number, other] : known_) {
      if (other.at > fault.at && std::ranges::binary_search(other.nodes, node)) next = std::min(next, other.at);
    }
    next_fault_[node] = next;
  }
}

void TraceWorld::on_fault(const Due& due) {
  const Fault& fault = known_.at(due.who);
  recompute_next_fault(fault);
  switch (fault.kind) {
    case FaultKind::node:
    case FaultKind::several_nodes:
      return break_nodes(due.who, fault);
    case FaultKind::job:
      return hit_job(due.who, fault);
    case FaultKind::slow_node:
      return slow_node(due.who, fault);
  }
}

/// Nodes die. What ran there stands still; the centre learns of it after a while.
void TraceWorld::break_nodes(std::uint64_t number, const Fault& fault) {
  std::vector<std::uint32_t> broken;
  for (const std::uint32_t node : fault.nodes) {
    if (!state_.available(NodeId{node}) || !broken_.emplace(node, Broken{fault.at, number}).second) continue;
    broken.push_back(node);
  }
  if (broken.empty()) {
    known_.erase(number);
    return;
  }
  const auto hit = jobs_on(broken);
  for (const std::uint64_t job : hit) {
    LiveJob& live = live_.at(job);
    if (!live.still_from) live.still_from = fault.at;
  }
  const Response& response = options_.faults->response;
  // A silent fault of a node on which nothing runs is found by the next check of the node, like any other.
  const Duration detection = fault.silent && !hit.empty() ? response.hang_detection : response.node_detection;
  due_.push({fault.at + detection, What::noticed, number});
}

/// Whoever holds the card that is hit; nobody, if it is free.
void TraceWorld::hit_job(std::uint64_t number, const Fault& fault) {
  const std::uint32_t node = fault.nodes.front();
  const model::Node& described = options_.centre.nodes[node];
  const bool by_cards = described.cards > CardCount{0};
  const auto all = static_cast<std::uint64_t>(by_cards ? described.cards.raw() : described.cores.raw());
  const auto unit = static_cast<std::int32_t>(fault.card % all);
  for (const std::uint64_t job : jobs_on({node})) {
    const core::Attempt& attempt = state_.attempts.at(JobId{job});
    const bool hit = std::ranges::any_of(attempt.lease.shares(), [&](const model::NodeShare& share) {
      return share.node.raw() == node && (by_cards ? share.cards : share.cores).has(unit);
    });
    if (!hit) continue;
    LiveJob& live = live_.at(job);
    if (live.still_from) break;  // it stands still already
    live.still_from = fault.at;
    hit_[number] = {job, live.attempt};
    const Response& response = options_.faults->response;
    due_.push({fault.at + (fault.silent ? response.hang_detection : response.job_detection), What::noticed, number});
    return;
  }
  known_.erase(number);
}

void TraceWorld::slow_node(std::uint64_t number, const Fault& fault) {
  const std::uint32_t node = fault.nodes.front();
  if (!state_.available(NodeId{node}) || broken_.contains(node) || slow_.contains(node)) {
    known_.erase(number);
    return;
  }
  const Stragglers& stragglers = *options_.faults->stragglers;
  slow_[node] = {stragglers.factor, number};
  for (const std::uint64_t job : jobs_on({node})) {
    LiveJob& live = live_.at(job);
    if (!live.computing || live.still_from) continue;
    live.clock.advance(fault.at);
    live.clock.slow_down(std::max(live.clock.factor(), stragglers.factor));
    plan_ahead(job, live, fault.at);
  }
  due_.push({fault.at + stragglers.noticed_after, What::noticed, number});
}

void TraceWorld::notice(const Due& due) {
  const auto found = known_.find(due.who);
  INVARIANT(found != known_.end(), "fault {} is noticed, and there is none", due.who);
  const Fault fault = std::move(found->second);
  known_.erase(found);
  if (fault.kind == FaultKind::job) return notice_job(due.who, fault, due.at);
  if (fault.kind == FaultKind::slow_node) {
    // From here on the node is one that broke, at this very moment.
    const std::uint32_t node = fault.nodes.front();
    const auto slow = slow_.find(node);
    if (slow == slow_.end() || slow->second.fault != due.who) return;  // it was taken out for another fault
    slow_.erase(slow);
    if (!broken_.emplace(node, Broken{due.at, due.who}).second) return;
    for (const std::uint64_t job : jobs_on({node})) {
      LiveJob& live = live_.at(job);
      if (!live.still_from) live.still_from = due.at;
    }
  }
  notice_nodes(due.who, fault, due.at);
}

void TraceWorld::notice_job(std::uint64_t number, const Fault& fault, Instant now) {
  const auto [job, attempt] = hit_.at(number);
  hit_.erase(number);
  const auto it = live_.find(job);
  if (it == live_.end() || it->second.attempt != attempt || it->second.nodes.empty()) return;  // its node was lost
  incidents_.emplace_back(incident_of(fault, now, {job}, now), NodeId{fault.nodes.front()});
  if (fault.silent)
    report_hang(job, now);
  else
    execute(core::ReportEnded{{JobId{job}, attempt}, {.cause = model::EndCause::signalled, .signal = 9}}, now);
  interrupt({job}, now);
}

void TraceWorld::notice_nodes(std::uint64_t number, const Fault& fault, Instant now) {
  std::vector<std::uint32_t> lost;
  for (const std::uint32_t node : fault.nodes) {
    const auto it = broken_.find(node);
    if (it != broken_.end() && it->second.fault == number) lost.push_back(node);
  }
  const auto hit = jobs_on(lost);
  const Instant repaired = now + fault.repair;
  for (const std::uint64_t job : hit) {
    LiveJob& live = live_.at(job);
    if (!live.still_from) live.still_from = std::max(fault.at, live.granted_at);  // granted on a node that was broken
  }
  std::optional<NodeId> charged;
  if (fault.kind != FaultKind::several_nodes) charged = NodeId{fault.nodes.front()};
  incidents_.emplace_back(incident_of(fault, repaired, hit, now), charged);
  if (fault.silent) {
    for (const std::uint64_t job : hit) report_hang(job, now);
  }
  for (const std::uint32_t node : lost) {
    broken_.erase(node);
    slow_.erase(node);
    nodes_changed_[static_cast<std::size_t>(lines_.partition_of(node))] = 1;
    lines_.set_available(node, false, now);
    down_since_[node] = now;
    execute(core::ReportNode{NodeId{node}, false, fault.name}, now);
    due_.push({repaired, What::restored, node});
  }
  interrupt(hit, now);
}

/// As the engine of a live centre does, when a program has said nothing for too long.
void TraceWorld::report_hang(std::uint64_t job, Instant now) {
  const model::AttemptId attempt{JobId{job}, live_.at(job).attempt};
  execute(core::ReportSilent{attempt, options_.faults->response.hang_detection}, now);
  execute(core::ReportEnded{attempt, {.cause = model::EndCause::ended}}, now);
}

/// What the core has taken from these jobs: they wait again, or it has given them up.
void TraceWorld::interrupt(const std::vector<std::uint64_t>& jobs, Instant now) {
  for (const std::uint64_t job : jobs) {
    LiveJob& live = live_.at(job);
    INVARIANT(state_.find(model::AttemptId{JobId{job}, live.attempt}) == nullptr,
              "job {} is interrupted, and the core thinks that it runs", job);
    nodes_changed_[static_cast<std::size_t>(live.spot.partition)] = 1;
    failure_rate_.interrupted();
    close_attempt(job, live, now, true);
    live.incident = incidents_.size() - 1;
    if (state_.find(JobId{job}) == nullptr) {
      forget_job(job, live, now, model::JobState::failed);
      live_.erase(job);
    } else {
      enter_line(job, live, now);
    }
  }
}

void TraceWorld::restore(const Due& due) {
  const auto node = static_cast<std::uint32_t>(due.who);
  execute(core::ReportNode{NodeId{node}, true, ""}, due.at);
  nodes_changed_[static_cast<std::size_t>(lines_.partition_of(node))] = 1;
  lines_.set_available(node, true, due.at);
  const auto count = options_.centre.nodes[node].cards > CardCount{0} ? options_.centre.nodes[node].cards.raw()
                                                                      : options_.centre.nodes[node].cores.raw();
  collector_.node_use(NodeId{node}, ledger::UseClass::down, count, down_since_.at(node), due.at);
  down_since_.erase(node);
}

/// Each once, by number.
std::vector<std::uint64_t> TraceWorld::jobs_on(const std::vector<std::uint32_t>& nodes) const {
  std::vector<std::uint64_t> jobs;
  for (const std::uint32_t node : nodes) jobs.insert(jobs.end(), jobs_on_[node].begin(), jobs_on_[node].end());
  std::ranges::sort(jobs);
  jobs.erase(std::ranges::unique(jobs).begin(), jobs.end());
  return jobs;
}

report::Incident TraceWorld::incident_of(const Fault& fault, Instant until, const std::vector<std::uint64_t>& jobs,
                                         Instant now) const {
  report::Incident incident{.at = fault.at,
                            .node = fault.where,
                            .kind = fault.name,
                            .until = until,
                            .jobs = static_cast<std::int64_t>(jobs.size())};
  for (const std::uint64_t job : jobs) {
    const LiveJob& live = live_.at(job);
    WorkClock clock = live.clock;
    Instant kept = live.granted_at;
    if (live.computing) {
      clock.advance(live.still_from.value_or(now));
      kept = clock.saved_at();
    }
    incident.lost_resource_ms += held(live.size, now - kept);
  }
  return incident;
}

}  // namespace mingyue::twin
