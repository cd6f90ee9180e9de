#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/id_map.hpp"
#include "base/invariant.hpp"
#include "base/shared.hpp"
#include "base/sparse.hpp"
#include "core/event.hpp"
#include "core/usage.hpp"
#include "model/lease.hpp"
#include "model/node_kinds.hpp"

/// The state of a centre: everything that `decide` must know, folded from the log by `apply`. Plain values that point
/// to each other by id. Ended jobs leave it; history (ledger/rows.hpp) remembers them.
namespace mingyue::core {

/// What of a node is free, by index; and whether it may be used.
struct NodeState {
  model::Slots cores_free;
  model::Slots cards_free;
  Bytes memory_free;
  bool down = false;
  bool drained = false;
  std::string why;  ///< the drain's reason, or what the engine said of the loss
  std::string by;
  model::Slots others_cores;  ///< held by others than the centre's jobs
  model::Slots others_cards;
  Bytes others_memory;
  std::optional<Instant> others_until;
  [[nodiscard]] bool others() const {
    return !others_cores.empty() || !others_cards.empty() || others_memory > Bytes{0};
  }
};
DESCRIBE(NodeState, cores_free, cards_free, memory_free, down, drained, why, by, others_cores, others_cards,
         others_memory, others_until)

/// What the attempts of a job left behind. Most waiting jobs have had none.
struct JobPast {
  Instant not_before;                 ///< a retry's delay
  std::int32_t attempts_counted = 0;  ///< ended in a fault or failure: against the retry budget
  std::int32_t without_progress = 0;  ///< faults in a row between which no step and no checkpoint was new
  std::int64_t best_step = -1;
  std::string checkpoint_last;
  std::string reason;                 ///< of the last requeue
  std::optional<Instant> started_at;  ///< of the first attempt that ran
  std::int32_t exit_code = 0;         ///< of the last attempt
  Credits charged;                    ///< for all attempts so far
  std::int32_t tasks_last = 0;        ///< of the last attempt
  std::int32_t nodes_hit = 0;         ///< how many nodes the last attempt held, if a node's loss ended it; else 0
  std::optional<Instant> moved_at;    ///< when it was last asked to move
};
DESCRIBE(JobPast, not_before, attempts_counted, without_progress, best_step, checkpoint_last, reason, started_at,
         exit_code, charged, tasks_last, nodes_hit, moved_at)

/// A job that has not ended.
struct Job {
  model::JobId id;
  model::JobId first;             ///< names the array; == id for a single job
  std::int32_t array_index = -1;  ///< -1: not an element of an array
  model::JobState state = model::JobState::queued;
  bool deadline_missed = false;  ///< an incident says so
  bool deadline_lost = false;    ///< it waited past its latest start, an event says so
  Instant submitted_at;
  Instant eligible_since;                               ///< age counts from here
  std::int32_t attempts = 0;                            ///< granted so far
  Sparse<std::vector<model::Dependency>> dependencies;  ///< still open
  Sparse<JobPast> past;
  /// The elements of an array have one, and snapshots for the planner and forks of the state cost nothing. Written
  /// apart, once for an array.
  Shared<model::JobSpec> spec;
};
DESCRIBE(Job, id, first, array_index, state, submitted_at, eligible_since, attempts, dependencies, deadline_missed,
         past, deadline_lost)

/// An attempt in force: a lease and how far it is.
struct Attempt {
  model::AttemptId id;
  Instant granted_at;
  std::optional<Instant> started_at;
  model::Lease lease;
  model::Progress last;                  ///< newest progress in the log
  std::optional<Instant> checkpoint_at;  ///< work before this is safe
  std::optional<Instant> notice_until;   ///< a preemption was noticed; the end is asked then
  model::JobId noticed_by;
  std::optional<EndReason> end_reason;  ///< the end was asked
  Instant end_by;                       ///< ... and should be complete by then
  bool overdue = false;                 ///< ... and was not: an incident says so
  Credits reserved;                     ///< of the project's budget, until the charge is posted
  bool moves = false;                   ///< the notice was of a move
  std::optional<Instant> placed_at;     ///< in a guest partition: since when it holds its lease

  /// Handed over to the engine's own queue, and nowhere yet: it holds nothing.
  [[nodiscard]] bool handed_over() const { return lease.shares().empty(); }
  [[nodiscard]] Instant held_from() const { return placed_at.value_or(granted_at); }
  /// Where an incident of it is seen; nothing where it is nowhere.
  [[nodiscard]] std::optional<model::NodeId> first_node() const {
    return handed_over() ? std::nullopt : std::optional(lease.shares().front().node);
  }
};
DESCRIBE(Attempt, id, granted_at, started_at, lease, last, checkpoint_at, notice_until, noticed_by, end_reason, end_by,
         overdue, reserved, moves, placed_at)

/// The elements of an array that has not wholly ended.
struct Array {
  std::int32_t live = 0;       ///< not ended
  std::int32_t unstarted = 0;  ///< neither started nor ended
  std::int32_t active = 0;     ///< starting or running now
  bool failed = false;         ///< an element ended, and not in success
};
DESCRIBE(Array, live, unstarted, active, failed)

struct Account {
  Credits granted;
  Credits charged;
  Credits reserved;  ///< by attempts in force
  [[nodiscard]] Credits available() const { return granted - charged - reserved; }
};
DESCRIBE(Account, granted, charged, reserved)

struct Token {
  std::string user;
  model::Role role = model::Role::member;
  std::string hash;
  Instant issued_at;
};
DESCRIBE(Token, user, role, hash, issued_at)

struct Incident {
  model::IncidentId id;
  IncidentKind kind = IncidentKind::killed;
  model::AttemptId attempt;
  std::optional<model::NodeId> node;
  Instant opened_at;
  std::string message;
};
DESCRIBE(Incident, id, kind, attempt, node, opened_at, message)

/// A quantum device of the centre.
struct QpuState {
  model::QpuFacts facts;                    ///< qubits 0: it has not been seen yet
  model::QpuOut out = model::QpuOut::down;  ///< until it is seen; never `drained`
  std::string why;
  std::optional<Instant> back_at;
  bool drained = false;
  std::string drained_why;
  std::string drained_by;
  Instant metered_to;
  [[nodiscard]] bool in_service() const { return out == model::QpuOut::no && !drained; }
};
DESCRIBE(QpuState, facts, out, why, back_at, drained, drained_why, drained_by, metered_to)

/// An idempotency key answers the same for a day.
struct KeyUse {
  model::JobId first;
  Instant at;
};
DESCRIBE(KeyUse, first, at)
inline constexpr Duration key_life = hours(24);

struct State {
  Instant now;  ///< of the newest event
  model::Centre centre;
  model::JobId next_job{1};
  model::IncidentId next_incident{1};
  std::vector<NodeState> nodes;  ///< by NodeId
  IdMap<model::JobId, Job> jobs;
  IdMap<model::JobId, Attempt> attempts;            ///< by job: at most one each
  std::map<model::JobId, Array> arrays;             ///< by first id
  std::map<std::string, Account> accounts;          ///< by project
  std::map<std::string, DecayedUsage> usage;        ///< by `project` and by `project/user`
  std::map<std::string, KeyUse> keys;               ///< by `user` newline `key`
  std::map<std::string, Token> tokens;              ///< by public name
  std::map<model::IncidentId, Incident> incidents;  ///< open ones
  std::vector<sched::IdleClasses> idle;             ///< as last classified
  model::ReservationId next_reservation{1};
  std::map<model::ReservationId, model::Reservation> reservations;  ///< those that are not over
  std::map<std::string, QpuState> qpus;                             ///< by name
  std::map<std::string, DecayedUsage> qpu_usage;  ///< in milliseconds of devices, by `project` and by `project/user`

  // Indexes, computed from the above.
  model::NodeKinds kinds;
  std::map<model::JobId, std::set<model::JobId>> dependents;        ///< target → jobs that wait for it
  std::vector<std::pair<Instant, model::JobId>> attempt_deadlines;  ///< a heap: see core/index.cpp, and deadline_of
  std::set<std::pair<Instant, model::JobId>> job_deadlines;         ///< JobSpec::deadline of live jobs
  std::set<std::pair<Instant, model::JobId>> latest_starts;  ///< of waiting jobs that can still keep their deadlines
  std::map<model::NodeId, std::vector<model::ReservationId>> reserved;  ///< by node: whose it is, at some time
  std::set<std::pair<Instant, std::string>> key_ages;
  std::size_t waiting = 0;  ///< jobs held or queued

  [[nodiscard]] static const model::JobSpec& spec(const Job& job) { return *job.spec; }
  [[nodiscard]] const Job* find(model::JobId id) const {
    const auto it = jobs.find(id);
    return it == jobs.end() ? nullptr : &it->second;
  }
  [[nodiscard]] const Attempt* find(model::AttemptId id) const {
    const auto it = attempts.find(id.job);
    return it == attempts.end() || it->second.id != id ? nullptr : &it->second;
  }
  [[nodiscard]] bool available(model::NodeId node) const {
    const NodeState& n = nodes[node.raw()];
    return !n.down && !n.drained;
  }
};

/// Between SIGTERM and SIGKILL when a job names no checkpoint grace.
inline constexpr Duration end_grace = seconds(10);

/// How many tasks of this job, in all, the project's budget covers for one attempt at its whole wall limit, beside what
/// is reserved already: from spec.tasks_least() to spec.tasks(); nothing where it does not cover the fewest.
[[nodiscard]] std::optional<std::int32_t> tasks_within_budget(const State& state, const model::JobSpec& spec);
[[nodiscard]] inline bool within_budget(const State& state, const model::JobSpec& spec) {
  return tasks_within_budget(state, spec).has_value();
}

/// Whether the next attempt of the job may hold spare nodes: it is preemptible, or a large gang that a node's loss has
/// interrupted.
[[nodiscard]] bool may_hold_spares(const State& state, const Job& job);

/// When time alone makes something due for this attempt (wake_up decides what): its launch limit, the backstop behind
/// its wall limit, the end of its notice, the limit on its ending.
[[nodiscard]] Instant deadline_of(const State& state, const Attempt& attempt);

/// The next instant at which a WakeUp command has something to decide; `never` if none.
[[nodiscard]] Instant next_wakeup(const State& state);

/// The whole state in bytes, and back; the hash names the state. decode_state refuses what it does not know.
[[nodiscard]] std::string encode_state(const State& state);
[[nodiscard]] std::optional<State> decode_state(std::string_view bytes);
[[nodiscard]] Hash state_hash(const State& state);

/// Checks that what is said twice agrees: free slots against leases, indexes against what they index, counts, reserved
/// credits. Costs a pass over the state. A broken one is an INVARIANT.
void check(const State& state);

}  // namespace mingyue::core
