#include <algorithm>

#include "core/command.hpp"
#include "core/index.hpp"
#include "core/money.hpp"

namespace mingyue::core {
namespace {

using model::JobId;
using model::JobState;

Job& job_at(State& state, JobId id) {
  const auto it = state.jobs.find(id);
  INVARIANT(it != state.jobs.end(), "an event speaks of job {}, which is not there", id.raw());
  return it->second;
}

Attempt& attempt_at(State& state, model::AttemptId id) {
  const auto it = state.attempts.find(id.job);
  INVARIANT(it != state.attempts.end() && it->second.id == id, "an event speaks of attempt {}, which is not in force",
            model::print(id));
  return it->second;
}

bool waiting(JobState state) { return state == JobState::held || state == JobState::queued; }

void set_state(State& state, Job& job, JobState next) {
  if (waiting(job.state)) --state.waiting;
  if (waiting(next)) ++state.waiting;
  job.state = next;
  index_latest_start(state, job);
}

// The target has started, or ended: whoever waits for that waits no longer. An array's first id is met by the array.
void meet(State& state, JobId target, bool ended) {
  const auto it = state.dependents.find(target);
  if (it == state.dependents.end()) return;
  const std::vector<JobId> waiting_jobs(it->second.begin(), it->second.end());
  for (const JobId id : waiting_jobs) {
    Job& job = job_at(state, id);
    const auto met = std::erase_if(job.dependencies.edit(), [&](const model::Dependency& dependency) {
      return dependency.job == target && (ended || dependency.kind == model::DependencyKind::after);
    });
    if (met == 0) continue;
    const bool still = std::ranges::any_of(*job.dependencies, [&](const auto& d) { return d.job == target; });
    if (!still) unindex_dependency(state, id, target);
    if (job.dependencies->empty()) job.eligible_since = std::max(job.eligible_since, state.now);
  }
}

void count_started(State& state, const Job& job) {
  if (job.attempts > 1) return;
  const auto it = state.arrays.find(job.first);
  if (it == state.arrays.end()) {
    meet(state, job.id, false);
    return;
  }
  if (job.id != job.first) meet(state, job.id, false);
  if (--it->second.unstarted == 0) meet(state, job.first, false);
}

void set_node_capacity(NodeState& node, const model::Node& described) {
  node.cores_free = model::Slots::all(described.cores.raw());
  node.cards_free = model::Slots::all(described.cards.raw());
  node.memory_free = described.memory;
}

void take(State& state, const model::NodeShare& share) {
  NodeState& node = state.nodes.at(share.node.raw());
  node.cores_free.remove(share.cores);
  node.cards_free.remove(share.cards);
  node.memory_free -= share.memory * share.tasks;
  INVARIANT(node.memory_free >= Bytes{0}, "node {} has {} bytes of memory left", share.node.raw(),
            node.memory_free.raw());
}

void give_back(State& state, const model::NodeShare& share) {
  NodeState& node = state.nodes.at(share.node.raw());
  node.cores_free.add(share.cores);
  node.cards_free.add(share.cards);
  node.memory_free += share.memory * share.tasks;
}

void on(State& state, const CentreConfigured& event) {
  const std::size_t before = state.nodes.size();
  std::vector<model::Node> old = std::move(state.centre.nodes);
  state.centre = event.centre;
  state.nodes.resize(state.centre.nodes.size());
  for (std::size_t i = 0; i < state.nodes.size(); ++i) {
    const model::Node& described = state.centre.nodes[i];
    const bool same = i < before && old[i].cores == described.cores && old[i].cards == described.cards &&
                      old[i].memory == described.memory;
    if (!same) set_node_capacity(state.nodes[i], described);  // decide saw to it that nothing is leased there
  }
  state.kinds = model::NodeKinds(state.centre);
  index_deadlines(state);  // the policy has their limits
  for (const model::Project& project : state.centre.projects) state.accounts.try_emplace(project.name);
  std::erase_if(state.qpus, [&](const auto& entry) {
    return std::ranges::find(state.centre.qpus, entry.first, &model::Qpu::name) == state.centre.qpus.end();
  });
  for (const model::Qpu& qpu : state.centre.qpus) state.qpus.try_emplace(qpu.name, QpuState{.metered_to = state.now});
}

void on(State& state, const JobSubmitted& event) {
  const Shared<model::JobSpec>& spec = event.spec;
  const auto count = static_cast<std::uint64_t>(std::max<std::size_t>(1, spec->indices.size()));
  INVARIANT(event.first == state.next_job, "job {} is submitted, the next id is {}", event.first.raw(),
            state.next_job.raw());
  if (!spec->indices.empty()) {
    const auto n = static_cast<std::int32_t>(count);
    state.arrays.emplace(event.first, Array{.live = n, .unstarted = n});
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const JobId id{event.first.raw() + i};
    Job job{.id = id,
            .first = event.first,
            .array_index = spec->indices.empty() ? -1 : spec->indices[i],
            .state = spec->hold ? JobState::held : JobState::queued,
            .submitted_at = state.now,
            .eligible_since = state.now,
            .spec = spec};
    if (!spec->dependencies.empty()) job.dependencies.edit() = spec->dependencies;
    for (const auto& dependency : *job.dependencies) index_dependency(state, id, dependency.job);
    if (spec->deadline) state.job_deadlines.emplace(*spec->deadline, id);
    index_latest_start(state, job);
    state.jobs.emplace(id, std::move(job));
    ++state.waiting;
  }
  state.next_job = JobId{event.first.raw() + count};
  if (!event.idempotency_key.empty()) {
    std::string key = spec->user + "\n" + event.idempotency_key;
    state.key_ages.emplace(state.now, key);
    state.keys.insert_or_assign(std::move(key), KeyUse{event.first, state.now});
  }
  while (!state.key_ages.empty() && state.key_ages.begin()->first + key_life < state.now) {
    const auto& [at, key] = *state.key_ages.begin();
    if (const auto it = state.keys.find(key); it != state.keys.end() && it->second.at == at) state.keys.erase(it);
    state.key_ages.erase(state.key_ages.begin());
  }
}

void on(State& state, const JobHeld& event) { set_state(state, job_at(state, event.job), JobState::held); }

void on(State& state, const JobReleased& event) {
  Job& job = job_at(state, event.job);
  set_state(state, job, JobState::queued);
  job.eligible_since = state.now;
}

void on(State& state, const LeaseGranted& event) {
  Job& job = job_at(state, event.attempt.job);
  INVARIANT(job.state == JobState::queued, "job {} is granted a lease and is not queued", job.id.raw());
  INVARIANT(event.attempt.number == job.attempts + 1, "attempt {} follows attempt {}", event.attempt.number,
            job.attempts);
  set_state(state, job, JobState::starting);
  ++job.attempts;
  const model::JobSpec& spec = state.spec(job);
  Attempt attempt{.id = event.attempt, .granted_at = state.now, .lease = event.lease};
  attempt.reserved = price_of(state.centre, state.kinds, event.lease, spec.wall);
  for (const auto& share : attempt.lease.shares()) take(state, share);
  state.accounts[spec.project].reserved += attempt.reserved;
  if (const auto it = state.arrays.find(job.first); it != state.arrays.end()) ++it->second.active;
  const auto [it, fresh] = state.attempts.emplace(job.id, std::move(attempt));
  INVARIANT(fresh, "job {} has two attempts in force", job.id.raw());
  index_deadline(state, it->second);
}

void on(State& state, const AttemptPlaced& event) {
  Attempt& attempt = attempt_at(state, event.attempt);
  const model::JobSpec& spec = state.spec(job_at(state, event.attempt.job));
  INVARIANT(attempt.handed_over(), "attempt {} is placed twice", model::print(event.attempt));
  attempt.lease = event.lease;
  attempt.placed_at = state.now;
  attempt.reserved = price_of(state.centre, state.kinds, event.lease, spec.wall);
  for (const auto& share : attempt.lease.shares()) take(state, share);
  state.accounts[spec.project].reserved += attempt.reserved;
  index_deadline(state, attempt);
}

void on(State& state, const OthersOnNode& event) {
  NodeState& node = state.nodes.at(event.node.raw());
  node.cores_free.add(node.others_cores);
  node.cards_free.add(node.others_cards);
  node.memory_free += node.others_memory;
  node.others_cores = event.cores;
  node.others_cards = event.cards;
  node.others_memory = event.memory;
  node.others_until = event.until;
  node.cores_free.remove(node.others_cores);
  node.cards_free.remove(node.others_cards);
  node.memory_free -= node.others_memory;
  INVARIANT(node.memory_free >= Bytes{0}, "others hold memory of node {} that is leased", event.node.raw());
}

void on(State& state, const AttemptStarted& event) {
  Attempt& attempt = attempt_at(state, event.attempt);
  attempt.started_at = state.now;
  index_deadline(state, attempt);
  Job& job = job_at(state, event.attempt.job);
  set_state(state, job, JobState::running);
  if (!job.past->started_at) job.past.edit().started_at = state.now;
  count_started(state, job);
}

void on(State& state, const ProgressMade& event) {
  Attempt& attempt = attempt_at(state, event.attempt);
  const model::Progress& progress = event.progress;
  if (progress.step >= 0) attempt.last.step = progress.step;
  if (progress.of >= 0) attempt.last.of = progress.of;
  if (!progress.checkpoint.empty()) {
    attempt.checkpoint_at = state.now;
    job_at(state, event.attempt.job).past.edit().checkpoint_last = progress.checkpoint;
  }
}

void on(State& state, const PreemptionNoticed& event) {
  Attempt& attempt = attempt_at(state, event.attempt);
  attempt.notice_until = event.end_at;
  attempt.noticed_by = event.by;
  attempt.moves = event.move;
  if (event.move) job_at(state, event.attempt.job).past.edit().moved_at = state.now;
  index_deadline(state, attempt);
}

void on(State& state, const EndRequested& event) {
  Attempt& attempt = attempt_at(state, event.attempt);
  attempt.end_reason = event.reason;
  attempt.end_by = state.now + event.grace;
  index_deadline(state, attempt);
}

void on(State& state, const AttemptEnded& event) {
  Attempt& attempt = attempt_at(state, event.attempt);
  Job& job = job_at(state, event.attempt.job);
  const model::JobSpec& spec = state.spec(job);
  for (const auto& share : attempt.lease.shares()) give_back(state, share);
  state.accounts[spec.project].reserved -= attempt.reserved;
  if (const auto it = state.arrays.find(job.first); it != state.arrays.end()) --it->second.active;
  const std::int64_t used = weighted_use(state.kinds, attempt.lease, state.now - attempt.held_from());
  const Duration half_life = state.centre.policy.fair_share_half_life;
  state.usage[spec.project].add(used, state.now, half_life);
  state.usage[spec.project + "/" + spec.user].add(used, state.now, half_life);

  const std::int64_t step = std::max(attempt.last.step, event.end.last_step);
  JobPast& past = job.past.edit();
  const bool progressed = step > past.best_step || attempt.checkpoint_at.has_value();
  past.best_step = std::max(past.best_step, step);
  past.exit_code = event.end.exit_code;
  past.tasks_last = attempt.lease.tasks();
  past.nodes_hit = event.end.cause == model::EndCause::node_lost ? attempt.lease.nodes() : 0;
  if (event.counts) {
    ++past.attempts_counted;
    past.without_progress = progressed ? 0 : past.without_progress + 1;
  }
  if (!attempt.started_at) count_started(state, job);  // it will not start any more, or has its turn behind it
  state.attempts.erase(event.attempt.job);
  settle_deadlines(state);
}

void on(State& state, const ChargePosted& event) {
  state.accounts[event.project].charged += event.amount;
  // A quantum device's last reading may come after the job's end.
  if (const auto it = state.jobs.find(event.attempt.job); it != state.jobs.end())
    it->second.past.edit().charged += event.amount;
}

void on(State& state, const JobRequeued& event) {
  Job& job = job_at(state, event.job);
  set_state(state, job, JobState::queued);
  job.past.edit().not_before = event.not_before;
  job.past.edit().reason = event.reason;
}

void on(State& state, const JobEnded& event) {
  Job& job = job_at(state, event.job);
  INVARIANT(!state.attempts.contains(event.job), "job {} ends while an attempt is in force", event.job.raw());
  const bool never_ran = job.attempts == 0;
  if (waiting(job.state)) --state.waiting;
  for (const auto& dependency : *job.dependencies) {
    // A job may wait for one target in two ways; the index knows it once.
    if (const auto it = state.dependents.find(dependency.job); it != state.dependents.end()) {
      it->second.erase(event.job);
      if (it->second.empty()) state.dependents.erase(it);
    }
  }
  const JobId first = job.first;
  if (const auto& spec = state.spec(job); spec.deadline) {
    state.job_deadlines.erase({*spec.deadline, event.job});
    state.latest_starts.erase({*spec.deadline - spec.wall, event.job});
  }
  const auto array = state.arrays.find(first);
  if (array == state.arrays.end()) {
    meet(state, event.job, true);
  } else {
    if (event.job != first) meet(state, event.job, true);
    if (event.state != JobState::succeeded) array->second.failed = true;
    if (never_ran && --array->second.unstarted == 0) meet(state, first, false);
    if (--array->second.live == 0) {
      meet(state, first, true);
      state.arrays.erase(array);
    }
  }
  state.jobs.erase(event.job);
}

void on(State& state, const NodeDrained& event) {
  NodeState& node = state.nodes.at(event.node.raw());
  node.drained = true;
  node.by = event.by;
  node.why = event.reason;
}

void on(State& state, const NodeResumed& event) {
  NodeState& node = state.nodes.at(event.node.raw());
  node.drained = false;
  node.by.clear();
  node.why.clear();
}

void on(State& state, const NodeLost& event) {
  NodeState& node = state.nodes.at(event.node.raw());
  node.down = true;
  node.why = event.message;
}

void on(State& state, const NodeRestored& event) {
  NodeState& node = state.nodes.at(event.node.raw());
  node.down = false;
  if (!node.drained) node.why.clear();
}

void on(State& state, const IncidentOpened& event) {
  INVARIANT(event.incident == state.next_incident, "incident {} is opened, the next is {}", event.incident.raw(),
            state.next_incident.raw());
  state.next_incident = model::IncidentId{event.incident.raw() + 1};
  state.incidents.emplace(event.incident,
                          Incident{event.incident, event.kind, event.attempt, event.node, state.now, event.message});
  if (event.kind == IncidentKind::end_overdue) {
    Attempt& attempt = attempt_at(state, event.attempt);
    attempt.overdue = true;
    index_deadline(state, attempt);
  }
  if (event.kind == IncidentKind::deadline_missed) {
    Job& job = job_at(state, event.attempt.job);
    job.deadline_missed = true;
    state.job_deadlines.erase({*state.spec(job).deadline, job.id});
  }
}

void on(State& state, const IncidentClosed& event) { state.incidents.erase(event.incident); }
void on(State& state, const IdleClassified& event) { state.idle = event.idle; }

void on(State& state, const CreditsGranted& event) {
  state.accounts[event.project].granted += event.amount;
  if (!event.idempotency_key.empty()) {
    std::string key = event.by + "\ncredits\n" + event.idempotency_key;
    state.key_ages.emplace(state.now, key);
    state.keys.insert_or_assign(std::move(key), KeyUse{model::JobId{}, state.now});
  }
}

template <class T>
void set_by_name(std::vector<T>& items, const T& item) {
  const auto it = std::ranges::find(items, item.name, &T::name);
  if (it == items.end())
    items.push_back(item);
  else
    *it = item;
}

void on(State& state, const ProjectSet& event) {
  set_by_name(state.centre.projects, event.project);
  state.accounts.try_emplace(event.project.name);
}
void on(State& state, const UserSet& event) { set_by_name(state.centre.users, event.user); }

void on(State& state, const TokenIssued& event) {
  state.tokens.insert_or_assign(event.token, Token{event.user, event.role, event.hash, state.now});
}
void on(State& state, const TokenRevoked& event) { state.tokens.erase(event.token); }
void on(State&, const PlanMade&) {}  // for those who plan the log again

void on(State& state, const ReservationMade& event) {
  const model::Reservation& made = event.reservation;
  state.next_reservation = model::ReservationId{made.id.raw() + 1};
  index_reservation(state, made);
  state.reservations.emplace(made.id, made);
}

void on(State& state, const ReservationBegan& event) { state.reservations.at(event.reservation).open = true; }

void on(State& state, const ReservationEnded& event) {
  const auto it = state.reservations.find(event.reservation);
  INVARIANT(it != state.reservations.end(), "reservation {} ends and is not there", event.reservation.raw());
  model::Reservation& reservation = it->second;
  if (!event.next) {
    unindex_reservation(state, reservation);
    state.reservations.erase(it);
    return;
  }
  const Duration length = reservation.end - reservation.start;
  reservation.open = false;
  reservation.start = *event.next;
  reservation.end = *event.next + length;
}

void on(State& state, const DeadlineLost& event) {
  Job& job = job_at(state, event.job);
  job.deadline_lost = true;
  index_latest_start(state, job);
}

void on(State& state, const QpuSeen& event) { state.qpus.at(event.qpu).facts = event.facts; }

void on(State& state, const QpuWentOut& event) {
  QpuState& qpu = state.qpus.at(event.qpu);
  if (event.out == model::QpuOut::drained) {
    qpu.drained = true;
    qpu.drained_why = event.why;
    qpu.drained_by = event.by;
    return;
  }
  qpu.out = event.out;
  qpu.why = event.why;
  qpu.back_at = event.back_at;
}

void on(State& state, const QpuCameBack& event) {
  QpuState& qpu = state.qpus.at(event.qpu);
  if (event.out == model::QpuOut::drained) {
    qpu.drained = false;
    qpu.drained_why.clear();
    qpu.drained_by.clear();
    return;
  }
  qpu.out = model::QpuOut::no;
  qpu.why.clear();
  qpu.back_at.reset();
}

void on(State& state, const QpuMetered& event) {
  state.qpus.at(event.qpu).metered_to = event.reading.to;
  const Duration half_life = state.centre.policy.fair_share_half_life;
  for (const model::QpuUse& use : event.reading.uses) {
    if (use.of.job == JobId{}) continue;
    state.qpu_usage[use.project].add(use.time.raw(), state.now, half_life);
    state.qpu_usage[use.project + "/" + use.user].add(use.time.raw(), state.now, half_life);
  }
}

}  // namespace

void apply(State& state, const Event& event) {
  INVARIANT(event.at >= state.now, "{} at {} comes after an event at {}", event_name(event.body), event.at.raw(),
            state.now.raw());
  state.now = event.at;
  std::visit([&](const auto& body) { on(state, body); }, event.body);
}

}  // namespace mingyue::core
