#include <algorithm>
#include <bit>

#include "core/decide.hpp"
#include "core/index.hpp"
#include "core/money.hpp"
#include "core/qpus.hpp"
#include "core/reservations.hpp"

namespace mingyue::core {
namespace {

using model::AttemptId;
using model::JobState;

/// What a decision has already given away, on top of the state: the room of a node is copied when first touched.
class Scratch {
 public:
  Scratch(const State& state, Instant now) : state_(state), now_(now) {}

  /// A lease for all tasks of the job on the named nodes, or nothing where one does not fit any more.
  /// Of an elastic job the plan says how many tasks there are: one for each name.
  std::optional<model::Lease> lease(const model::JobSpec& spec, const std::vector<model::NodeId>& nodes,
                                    bool may_hold_spares) {
    const auto tasks_in_all = static_cast<std::int32_t>(nodes.size());
    if (tasks_in_all < spec.tasks_least() || tasks_in_all > spec.tasks()) return std::nullopt;
    may_hold_spares_ = may_hold_spares;
    const std::uint32_t partition = model::partition_number(state_.centre, spec.partition);
    model::Lease lease;
    std::size_t shares = 1;
    for (std::size_t rank = 1; rank < nodes.size(); ++rank) shares += nodes[rank] != nodes[rank - 1] ? 1 : 0;
    lease.reserve(shares);
    if (touched_.empty()) touched_.reserve(shares);
    auto next = nodes.begin();
    for (const model::Part& part : spec.parts) {
      for (std::int32_t left = spec.tasks_of(part, tasks_in_all); left > 0;) {
        const auto others = std::find_if(next, next + left, [&](model::NodeId node) { return node != *next; });
        const auto tasks = static_cast<std::int32_t>(others - next);
        if (!may_run(part.need, *next, partition) || !open_to(state_, spec, *next, now_) ||
            !take(part.need, tasks, *next, lease)) {
          give_back(lease);
          return std::nullopt;
        }
        left -= tasks;
        next = others;
      }
    }
    return lease;
  }

  /// Starts of one array within this decision, those with quantum devices, and money promised by it.
  std::int32_t qpu_starts = 0;
  std::map<model::JobId, std::int32_t> array_starts;
  std::map<std::string, Credits> reserved;

 private:
  struct Free {
    model::NodeId node;
    model::Slots cores;
    model::Slots cards;
    Bytes memory;
  };

  [[nodiscard]] bool may_run(const model::TaskNeed& need, model::NodeId node, std::uint32_t partition) const {
    if (node.raw() >= state_.nodes.size() || !state_.available(node)) return false;
    const model::NodeKind& kind = state_.kinds.of(node);
    return kind.partition == partition && (may_hold_spares_ || !kind.spare) &&
           (need.cards == CardCount{0} || need.card_type.empty() || need.card_type == state_.kinds.card_type(kind));
  }

  /// The tasks' share of the node, added to the lease; false, and nothing is changed, where it has no room for them.
  bool take(const model::TaskNeed& need, std::int32_t tasks, model::NodeId node, model::Lease& lease) {
    Free& free = free_on(node);
    if (free.cores.count() < std::int64_t{need.cores.raw()} * tasks ||
        free.cards.count() < std::int64_t{need.cards.raw()} * tasks ||
        (need.memory > Bytes{0} && free.memory.raw() / need.memory.raw() < tasks)) {
      return false;
    }
    free.memory -= need.memory * tasks;
    lease.add({.node = node,
               .tasks = tasks,
               .cores = free.cores.take_lowest(need.cores.raw() * tasks),
               .cards = free.cards.take_lowest(need.cards.raw() * tasks),
               .memory = need.memory});
    return true;
  }

  void give_back(const model::Lease& lease) {
    for (const model::NodeShare& share : lease.shares()) {
      Free& free = free_on(share.node);
      free.cores.add(share.cores);
      free.cards.add(share.cards);
      free.memory += share.memory * share.tasks;
    }
  }

  Free& free_on(model::NodeId node) {
    if (places_.size() < 2 * (touched_.size() + 1)) {
      places_.assign(std::bit_ceil(4 * (touched_.size() + 1)), 0);
      for (std::size_t i = 0; i < touched_.size(); ++i) place_of(touched_[i].node) = static_cast<std::uint32_t>(i + 1);
    }
    std::uint32_t& place = place_of(node);
    if (place == 0) {
      const NodeState& now = state_.nodes[node.raw()];
      touched_.push_back({node, now.cores_free, now.cards_free, now.memory_free});
      place = static_cast<std::uint32_t>(touched_.size());
    }
    return touched_[place - 1];
  }

  /// The node's entry in places_, or the one that is to be its.
  std::uint32_t& place_of(model::NodeId node) {
    const std::size_t last = places_.size() - 1;
    for (std::size_t i = node.raw() & last;; i = (i + 1) & last)
      if (places_[i] == 0 || touched_[places_[i] - 1].node == node) return places_[i];
  }

  const State& state_;
  bool may_hold_spares_ = false;
  Instant now_;
  std::vector<Free> touched_;
  std::vector<std::uint32_t> places_;  ///< hashed by node, at most half full: place in touched_, plus one; 0: none
};

bool may_start(const State& state, const Job& job, Scratch& scratch, Instant now) {
  if (job.state != JobState::queued || !job.dependencies->empty() || job.past->not_before > now) return false;
  const model::JobSpec& spec = state.spec(job);
  if (const auto array = state.arrays.find(job.first); array != state.arrays.end() && spec.array_at_once > 0) {
    if (array->second.active + scratch.array_starts[job.first] >= spec.array_at_once) return false;
  }
  const model::QpuNeed* qpu = spec.qpu();
  if (qpu != nullptr && qpu_seats(state, *qpu).free <= scratch.qpu_starts) return false;
  return within_budget(state, spec);
}

/// Whether there is money for it beside what this decision has promised; then it is promised too.
bool promise_money(const State& state, const model::JobSpec& spec, Scratch& scratch, Credits price) {
  const auto project = std::ranges::find(state.centre.projects, spec.project, &model::Project::name);
  if (project == state.centre.projects.end() || !project->has_budget) return true;
  const auto account = state.accounts.find(spec.project);
  const Credits available = account == state.accounts.end() ? Credits{} : account->second.available();
  Credits& reserved = scratch.reserved[spec.project];
  if (available - reserved < price) return false;
  reserved += price;
  return true;
}

/// A notice is over: for whom was it?
void end_noticed(const State& state, Events& events, const Attempt& attempt) {
  if (attempt.noticed_by != model::JobId{})
    return request_end(state, events, attempt, attempt.moves ? EndReason::moved : EndReason::preempted,
                       fmt::format("job {}", attempt.noticed_by.raw()));
  std::string by = "reservation";
  for (const auto& [id, reservation] : state.reservations)
    if (reservation.open && attempt.lease.on_any(reservation.nodes)) by += " " + reservation.name;
  request_end(state, events, attempt, EndReason::reserved, std::move(by));
}

/// Jobs that wait, and can no longer keep their deadlines.
void lose_deadlines(const State& state, Events& events, Instant now) {
  for (const auto& [latest, id] : state.latest_starts) {
    if (latest >= now) break;
    events.emplace_back(DeadlineLost{id, *state.spec(state.jobs.at(id)).deadline});
  }
}

}  // namespace

void request_end(const State& state, Events& events, const Attempt& attempt, EndReason reason, std::string by) {
  const Job& job = state.jobs.at(attempt.id.job);
  const auto& checkpoint = state.spec(job).checkpoint;
  const bool makes_room = reason == EndReason::preempted || reason == EndReason::moved || reason == EndReason::reserved;
  // A hung program has had its time; one over its wall limit was warned by the engine.
  const Duration grace =
      makes_room && checkpoint.signal == 0 && checkpoint.grace > end_grace ? checkpoint.grace : end_grace;
  events.emplace_back(EndRequested{attempt.id, reason, std::move(by), grace});
}

Decision decide_one(const State& state, const AdoptPlan& command, Instant now) {
  Events events;
  events.reserve(command.starts.size() + command.preemptions.size() + 1);
  Scratch scratch(state, now);
  for (const sched::Start& start : command.starts) {
    const Job* job = state.find(start.job);
    if (job == nullptr || !may_start(state, *job, scratch, now)) continue;
    const model::JobSpec& spec = state.spec(*job);
    if (is_guest(state, spec)) {
      if (spec.array_at_once > 0) ++scratch.array_starts[job->first];
      if (spec.qpu() != nullptr) ++scratch.qpu_starts;
      events.emplace_back(LeaseGranted{AttemptId{job->id, job->attempts + 1}, {}, false});
      continue;
    }
    auto lease = scratch.lease(spec, start.nodes, may_hold_spares(state, *job));
    if (!lease) continue;
    const Credits price = price_of(state.centre, state.kinds, *lease, spec.wall);
    if (!promise_money(state, spec, scratch, price)) continue;
    if (spec.array_at_once > 0) ++scratch.array_starts[job->first];
    if (spec.qpu() != nullptr) ++scratch.qpu_starts;
    events.emplace_back(LeaseGranted{AttemptId{job->id, job->attempts + 1}, std::move(*lease), start.backfill});
  }
  for (const sched::Preemption& preemption : command.preemptions) {
    const Attempt* attempt = state.find(preemption.attempt);
    if (attempt == nullptr || attempt->end_reason || attempt->notice_until) continue;
    const Job& job = state.jobs.at(attempt->id.job);
    const model::JobSpec& spec = state.spec(job);
    if (!spec.preemptible) continue;
    const bool notice = spec.checkpoint.signal != 0 && attempt->started_at;
    const Instant end_at = notice ? now + spec.checkpoint.grace : now;
    // The notice of a move is written also where the end follows at once: it says for whom.
    if (notice || preemption.move)
      events.emplace_back(PreemptionNoticed{attempt->id, preemption.by, end_at, preemption.move});
    if (!notice) {
      request_end(state, events, *attempt, preemption.move ? EndReason::moved : EndReason::preempted,
                  fmt::format("job {}", preemption.by.raw()));
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
  for (const auto& [due, id] : deadlines_due(state, now)) {
    const Attempt& attempt = state.attempts.at(id);
    if (attempt.end_reason) {
      events.emplace_back(incidents.open(IncidentKind::end_overdue, attempt.id, attempt.first_node(),
                                         fmt::format("attempt {} was asked to end and has not within {}",
                                                     model::print(attempt.id), print_duration(policy.end_limit))));
    } else if (attempt.notice_until && *attempt.notice_until <= now) {
      end_noticed(state, events, attempt);
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
  lose_deadlines(state, events, now);
  turn_reservations(state, events, now);
  return events;
}

Decision decide_one(const State& state, const ReportLaunched& command, Instant) {
  const Attempt* attempt = state.find(command.attempt);
  if (attempt == nullptr || attempt->started_at || attempt->handed_over()) return Events{};
  return Events{AttemptStarted{command.attempt}};
}

Decision decide_one(const State& state, const ReportProgress& command, Instant) {
  const Attempt* attempt = state.find(command.attempt);
  if (attempt == nullptr || attempt->handed_over()) return Events{};
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
