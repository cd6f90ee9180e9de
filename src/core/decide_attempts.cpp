#include <algorithm>

#include "core/decide.hpp"
#include "core/money.hpp"

namespace mingyue::core {
namespace {

using model::AttemptId;
using model::JobState;

/// What a decision has already given away, on top of the state: nodes are copied when first touched.
class Scratch {
 public:
  explicit Scratch(const State& state) : state_(state) {}

  /// Leases for all tasks of the job on the named nodes, or nothing where one does not fit any more.
  std::optional<std::vector<model::TaskLease>> lease(const model::JobSpec& spec,
                                                     const std::vector<model::NodeId>& nodes) {
    if (static_cast<std::int32_t>(nodes.size()) != spec.tasks()) return std::nullopt;
    std::map<model::NodeId, NodeState> tentative;
    std::vector<model::TaskLease> leases;
    leases.reserve(nodes.size());
    std::size_t rank = 0;
    for (const model::Part& part : spec.parts) {
      for (std::int32_t task = 0; task < part.tasks; ++task, ++rank) {
        const model::NodeId id = nodes[rank];
        if (id.raw() >= state_.nodes.size() || !state_.available(id)) return std::nullopt;
        const model::Node& described = state_.centre.nodes[id.raw()];
        if (described.partition != spec.partition) return std::nullopt;
        if (part.need.cards > CardCount{0} && !part.need.card_type.empty() &&
            part.need.card_type != described.card_type) {
          return std::nullopt;
        }
        NodeState& node = tentative.try_emplace(id, now(id)).first->second;
        if (node.cores_free.count < part.need.cores.raw() || node.memory_free < part.need.memory ||
            node.cards_free.count < part.need.cards.raw()) {
          return std::nullopt;
        }
        node.memory_free -= part.need.memory;
        leases.push_back({.node = id,
                          .cores = node.cores_free.take_lowest(part.need.cores.raw()),
                          .memory = part.need.memory,
                          .cards = node.cards_free.take_lowest(part.need.cards.raw())});
      }
    }
    for (auto& [id, node] : tentative) touched_.insert_or_assign(id, std::move(node));
    return leases;
  }

  /// Starts of one array within this decision, and money promised by it.
  std::map<model::JobId, std::int32_t> array_starts;
  std::map<std::string, Credits> reserved;

 private:
  const NodeState& now(model::NodeId id) const {
    const auto it = touched_.find(id);
    return it == touched_.end() ? state_.nodes[id.raw()] : it->second;
  }
  const State& state_;
  std::map<model::NodeId, NodeState> touched_;
};

bool may_start(const State& state, const Job& job, Scratch& scratch, Instant now) {
  if (job.state != JobState::queued || !job.dependencies->empty() || job.past->not_before > now) return false;
  const model::JobSpec& spec = state.spec(job);
  if (const auto array = state.arrays.find(job.first); array != state.arrays.end() && spec.array_at_once > 0) {
    if (array->second.active + scratch.array_starts[job.first] >= spec.array_at_once) return false;
  }
  return within_budget(state, spec);
}

bool within_budget_beside(const State& state, const model::JobSpec& spec, Scratch& scratch, Credits price) {
  const auto project = std::ranges::find(state.centre.projects, spec.project, &model::Project::name);
  if (project == state.centre.projects.end() || !project->has_budget) return true;
  const auto account = state.accounts.find(spec.project);
  const Credits available = account == state.accounts.end() ? Credits{} : account->second.available();
  return available - scratch.reserved[spec.project] >= price;
}

void request_end(const State& state, Events& events, const Attempt& attempt, EndReason reason, std::string by) {
  const Job& job = state.jobs.at(attempt.id.job);
  const auto& checkpoint = state.spec(job).checkpoint;
  // A hung program has had its time; one over its wall limit was warned by the engine.
  const Duration grace = reason == EndReason::preempted && checkpoint.signal == 0 && checkpoint.grace > end_grace
                             ? checkpoint.grace
                             : end_grace;
  events.emplace_back(EndRequested{attempt.id, reason, std::move(by), grace});
}

}  // namespace

Decision decide_one(const State& state, const AdoptPlan& command, Instant now) {
  Events events;
  Scratch scratch(state);
  for (const sched::Start& start : command.starts) {
    const Job* job = state.find(start.job);
    if (job == nullptr || !may_start(state, *job, scratch, now)) continue;
    const model::JobSpec& spec = state.spec(*job);
    auto leases = scratch.lease(spec, start.nodes);
    if (!leases) continue;
    const Credits price = price_of(state.centre, *leases, spec.wall);
    if (!within_budget_beside(state, spec, scratch, price)) continue;
    scratch.reserved[spec.project] += price;
    ++scratch.array_starts[job->first];
    events.emplace_back(LeaseGranted{AttemptId{job->id, job->attempts + 1}, std::move(*leases), start.backfill});
  }
  for (const sched::Preemption& preemption : command.preemptions) {
    const Attempt* attempt = state.find(preemption.attempt);
    if (attempt == nullptr || attempt->end_reason || attempt->notice_until) continue;
    const Job& job = state.jobs.at(attempt->id.job);
    const model::JobSpec& spec = state.spec(job);
    if (!spec.preemptible) continue;
    if (spec.checkpoint.signal != 0 && attempt->started_at) {
      events.emplace_back(PreemptionNoticed{attempt->id, preemption.by, now + spec.checkpoint.grace});
    } else {
      request_end(state, events, *attempt, EndReason::preempted, fmt::format("job {}", preemption.by.raw()));
    }
  }
  if (command.idle != state.idle) events.emplace_back(IdleClassified{command.idle});
  if (command.made && (command.news || !events.empty())) events.insert(events.begin(), *command.made);
  return events;
}

Decision decide_one(const State& state, const WakeUp&, Instant now) {
  Events events;
  Incidents incidents(state);
  const model::Policy& policy = state.centre.policy;
  for (const auto& [due, id] : state.attempt_deadlines) {
    if (due > now) break;
    const Attempt& attempt = state.attempts.at(id);
    if (attempt.end_reason) {
      events.emplace_back(incidents.open(IncidentKind::end_overdue, attempt.id, attempt.leases.front().node,
                                         fmt::format("attempt {} was asked to end and has not within {}",
                                                     model::print(attempt.id), print_duration(policy.end_limit))));
    } else if (attempt.notice_until && *attempt.notice_until <= now) {
      request_end(state, events, attempt, EndReason::preempted, fmt::format("job {}", attempt.noticed_by.raw()));
    } else if (!attempt.started_at) {
      request_end(state, events, attempt, EndReason::launch_limit, "launch limit");
    } else {
      request_end(state, events, attempt, EndReason::wall, "wall limit");
    }
  }
  for (const auto& [due, id] : state.job_deadlines) {
    if (due > now) break;
    events.emplace_back(incidents.open(IncidentKind::deadline_missed, AttemptId{id, state.jobs.at(id).attempts},
                                       std::nullopt,
                                       fmt::format("job {} should have ended by {}", id.raw(), print_instant(due))));
  }
  return events;
}

Decision decide_one(const State& state, const ReportLaunched& command, Instant) {
  const Attempt* attempt = state.find(command.attempt);
  if (attempt == nullptr || attempt->started_at) return Events{};
  return Events{AttemptStarted{command.attempt}};
}

Decision decide_one(const State& state, const ReportProgress& command, Instant) {
  const Attempt* attempt = state.find(command.attempt);
  if (attempt == nullptr) return Events{};
  const model::Progress& progress = command.progress;
  if (progress.checkpoint.empty() && progress.step == attempt->last.step && progress.of == attempt->last.of)
    return Events{};
  Events events;
  if (!attempt->started_at) events.emplace_back(AttemptStarted{command.attempt});  // progress proves that it runs
  events.emplace_back(ProgressMade{command.attempt, progress});
  return events;
}

Decision decide_one(const State& state, const ReportSilent& command, Instant) {
  const Attempt* attempt = state.find(command.attempt);
  if (attempt == nullptr || attempt->end_reason) return Events{};
  const Job& job = state.jobs.at(attempt->id.job);
  const Duration limit = state.spec(job).hang_after;
  if (limit == Duration{0} || command.silent_for < limit) return Events{};
  Events events;
  request_end(state, events, *attempt, EndReason::hang,
              "no output and no progress for " + print_duration(command.silent_for));
  return events;
}

}  // namespace mingyue::core
