#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/describe.hpp"
#include "base/hash.hpp"
#include "base/shared.hpp"
#include "base/units.hpp"
#include "model/attempt.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"
#include "model/lease.hpp"
#include "model/reservation.hpp"
#include "sched/plan.hpp"

/// Events: what happened, in the past tense, for ever. docs/events.md gives each its section. An event's number in the
/// log is its place in EventBody below: append new kinds at the end, never re-order, never re-use.
namespace mingyue::core {

/// The centre is now described so: at its first start, and when its file or machine changed.
struct CentreConfigured {
  model::Centre centre;
};
DESCRIBE(CentreConfigured, centre)

/// A job, or an array of them, waits in the queue. Elements have the ids first, first + 1, ...
struct JobSubmitted {
  model::JobId first;
  Shared<model::JobSpec> spec;  ///< `dependencies` holds only those that are still open
  std::string idempotency_key;  ///< empty: none given
};
DESCRIBE(JobSubmitted, first, spec, idempotency_key)

struct JobHeld {
  model::JobId job;
  std::string by;
};
DESCRIBE(JobHeld, job, by)

struct JobReleased {
  model::JobId job;
  std::string by;
};
DESCRIBE(JobReleased, job, by)

/// An attempt begins: from now on these cores, memory and cards are the job's and are paid for. In a guest partition
/// the lease is empty: the attempt is handed over to the engine's own queue, and AttemptPlaced says what it holds.
struct LeaseGranted {
  model::AttemptId attempt;
  model::Lease lease;  ///< of all its tasks; in the log one TaskLease a task, by rank
  bool backfill = false;
};
DESCRIBE(LeaseGranted, attempt, lease, backfill)

/// All its tasks run.
struct AttemptStarted {
  model::AttemptId attempt;
};
DESCRIBE(AttemptStarted, attempt)

/// A line of progress, at most one in ten seconds, or a checkpoint: the work up to here is safe.
struct ProgressMade {
  model::AttemptId attempt;
  model::Progress progress;
};
DESCRIBE(ProgressMade, attempt, progress)

/// Why the centre asks an attempt to end.
enum class EndReason : std::uint8_t {
  cancelled = 1,
  preempted = 2,
  wall = 3,
  hang = 4,
  launch_limit = 5,
  moved = 6,
  reserved = 7,  ///< its nodes are reserved from now on
};
DESCRIBE_ENUM(EndReason, cancelled, preempted, wall, hang, launch_limit, moved, reserved)

/// The attempt is to make room for another job. It is told to write a checkpoint if it can; at `end_at` it will be
/// asked to end.
struct PreemptionNoticed {
  model::AttemptId attempt;
  model::JobId by;  ///< 0: a reservation of its nodes begins
  Instant end_at;
  bool move = false;  ///< there is room for it elsewhere, at once
};
DESCRIBE(PreemptionNoticed, attempt, by, end_at, move)

struct EndRequested {
  model::AttemptId attempt;
  EndReason reason = EndReason::cancelled;
  std::string by;  ///< user, or `job 12` for a preemption
  Duration grace;  ///< between SIGTERM and SIGKILL
};
DESCRIBE(EndRequested, attempt, reason, by, grace)

/// What became of the work since the last checkpoint.
enum class Verdict : std::uint8_t { kept = 1, lost = 2 };
DESCRIBE_ENUM(Verdict, kept, lost)

/// Nothing of the attempt is left; its lease ends here.
struct AttemptEnded {
  model::AttemptId attempt;
  model::AttemptEnd end;
  Verdict verdict = Verdict::kept;
  bool counts = false;  ///< against the job's retry budget
};
DESCRIBE(AttemptEnded, attempt, end, verdict, counts)

/// What the attempt costs its project. A fault is the centre's loss: lost time is then in `waived`.
struct ChargePosted {
  std::string project;
  model::AttemptId attempt;
  Credits amount;
  Credits waived;
};
DESCRIBE(ChargePosted, project, attempt, amount, waived)

/// The job goes back to the queue and may start again from `not_before`.
struct JobRequeued {
  model::JobId job;
  Instant not_before;
  std::string reason;
};
DESCRIBE(JobRequeued, job, not_before, reason)

/// The job's one outcome.
struct JobEnded {
  model::JobId job;
  model::JobState state = model::JobState::succeeded;
  std::string reason;
};
DESCRIBE(JobEnded, job, state, reason)

struct NodeDrained {
  model::NodeId node;
  std::string by;
  std::string reason;
};
DESCRIBE(NodeDrained, node, by, reason)

struct NodeResumed {
  model::NodeId node;
  std::string by;
};
DESCRIBE(NodeResumed, node, by)

struct NodeLost {
  model::NodeId node;
  std::string message;
};
DESCRIBE(NodeLost, node, message)

struct NodeRestored {
  model::NodeId node;
};
DESCRIBE(NodeRestored, node)

enum class IncidentKind : std::uint8_t {
  killed = 1,
  memory = 2,
  hang = 3,
  lost = 4,
  node_lost = 5,
  launch_failed = 6,
  end_overdue = 7,
  deadline_missed = 8,
  no_progress = 9,
  qpu_failed = 10,  ///< a quantum device's driver crashed, hung, or said that it could not
  qpu_lied = 11,    ///< ... or gave a result that cannot be
};
DESCRIBE_ENUM(IncidentKind, killed, memory, hang, lost, node_lost, launch_failed, end_overdue, deadline_missed,
              no_progress, qpu_failed, qpu_lied)

struct IncidentOpened {
  model::IncidentId incident;
  IncidentKind kind = IncidentKind::killed;
  model::AttemptId attempt;  ///< job 0: none
  std::optional<model::NodeId> node;
  std::string message;
};
DESCRIBE(IncidentOpened, incident, kind, attempt, node, message)

struct IncidentClosed {
  model::IncidentId incident;
  std::string how;
};
DESCRIBE(IncidentClosed, incident, how)

/// How idle cores and cards divide from now on, for the ledger. Recorded only when it changed.
struct IdleClassified {
  std::vector<sched::IdleClasses> idle;
};
DESCRIBE(IdleClassified, idle)

struct CreditsGranted {
  std::string project;
  Credits amount;  ///< negative: taken back
  std::string by;
  std::string idempotency_key;
};
DESCRIBE(CreditsGranted, project, amount, by, idempotency_key)

struct ProjectSet {
  model::Project project;
  std::string by;
};
DESCRIBE(ProjectSet, project, by)

struct UserSet {
  model::User user;
  std::string by;
};
DESCRIBE(UserSet, user, by)

/// A bearer token exists. Only its hash is known to the centre.
struct TokenIssued {
  std::string token;  ///< its public name
  std::string user;
  model::Role role = model::Role::member;
  std::string hash;  ///< hexadecimal BLAKE2b of the secret, which has 256 random bits of its own
  std::string by;
};
DESCRIBE(TokenIssued, token, user, role, hash, by)

struct TokenRevoked {
  std::string token;
  std::string by;
};
DESCRIBE(TokenRevoked, token, by)

/// A plan was made, of the state that the log gave up to record `saw`; the events behind it, of the same instant, are
/// what the centre took from it. With this the log can be planned again and compared (twin/replay.hpp). A whole plan is
/// recorded only where it says something else than the one before it; one that is kept (sched/kept_plan.hpp), and each
/// step from it, always.
struct PlanMade {
  std::uint64_t saw = 0;    ///< number of the newest record that the planner knew
  Instant at;               ///< the planner's now
  std::uint64_t keeps = 0;  ///< number of the record of the plan whose promises it had to keep; 0: none
  std::string hash;         ///< hexadecimal plan_hash of the plan
  std::uint32_t step = 0;   ///< 0: a whole plan; else the how-manieth step from the last one
};
DESCRIBE(PlanMade, saw, at, keeps, hash, step)

/// Nodes are set aside. The centre has chosen them where only their number was asked for.
struct ReservationMade {
  model::Reservation reservation;
};
DESCRIBE(ReservationMade, reservation)

/// A window opens: for maintenance, the nodes are out of service from now on; else they are for the reservation's jobs.
struct ReservationBegan {
  model::ReservationId reservation;
  std::string name;
  model::ReservationKind kind = model::ReservationKind::work;
  std::vector<model::NodeId> nodes;
  Instant end;
};
DESCRIBE(ReservationBegan, reservation, name, kind, nodes, end)

/// A window is over, or the reservation was ended by a person. The nodes are as they were before.
struct ReservationEnded {
  model::ReservationId reservation;
  std::string name;
  model::ReservationKind kind = model::ReservationKind::work;
  std::vector<model::NodeId> nodes;
  std::string by;               ///< empty: its time was over
  std::optional<Instant> next;  ///< it opens again then; none: it is no more
};
DESCRIBE(ReservationEnded, reservation, name, kind, nodes, by, next)

/// The job waits, and can no longer end by its deadline if it uses its wall limit. It runs nevertheless.
struct DeadlineLost {
  model::JobId job;
  Instant deadline;
};
DESCRIBE(DeadlineLost, job, deadline)

/// A quantum device has said what it is, or that it was calibrated anew.
struct QpuSeen {
  std::string qpu;
  model::QpuFacts facts;
};
DESCRIBE(QpuSeen, qpu, facts)

/// It takes no work from now on. Drained stands beside the other reasons, which the device or its driver says.
struct QpuWentOut {
  std::string qpu;
  model::QpuOut out = model::QpuOut::down;
  std::string why;
  std::string by;                  ///< who drained it
  std::optional<Instant> back_at;  ///< where somebody knows
};
DESCRIBE(QpuWentOut, qpu, out, why, by, back_at)

/// That reason is no more.
struct QpuCameBack {
  std::string qpu;
  model::QpuOut out = model::QpuOut::down;
  std::string by;  ///< who resumed it
};
DESCRIBE(QpuCameBack, qpu, out, by)

/// What a device's time was spent on since the last such event.
struct QpuMetered {
  std::string qpu;
  model::QpuReading reading;
};
DESCRIBE(QpuMetered, qpu, reading)

/// The engine's own queue has chosen where an attempt runs: from now on this is the job's and is paid for.
struct AttemptPlaced {
  model::AttemptId attempt;
  model::Lease lease;
};
DESCRIBE(AttemptPlaced, attempt, lease)

/// What others than the centre hold of a node, from now on: jobs that people gave to the engine by themselves. So many
/// cores and cards count; which ones these are the engine does not say, so the lowest free ones stand for them.
struct OthersOnNode {
  model::NodeId node;
  model::Slots cores;
  model::Slots cards;
  Bytes memory;
  std::optional<Instant> until;  ///< by when the last of it is free again, as far as the engine knows
  model::AttemptId placed;       ///< less than before, because this attempt is put there; job 0: the engine looked
};
DESCRIBE(OthersOnNode, node, cores, cards, memory, until, placed)

/// Names all that a plan says, reasons and promises included, but not when it was made.
[[nodiscard]] Hash plan_hash(const sched::Plan& plan);
[[nodiscard]] Hash plan_hash(const sched::PlanStep& step);

using EventBody = std::variant<CentreConfigured, JobSubmitted, JobHeld, JobReleased, LeaseGranted, AttemptStarted,
                               ProgressMade, PreemptionNoticed, EndRequested, AttemptEnded, ChargePosted, JobRequeued,
                               JobEnded, NodeDrained, NodeResumed, NodeLost, NodeRestored, IncidentOpened,
                               IncidentClosed, IdleClassified, CreditsGranted, ProjectSet, UserSet, TokenIssued,
                               TokenRevoked, PlanMade, ReservationMade, ReservationBegan, ReservationEnded,
                               DeadlineLost, QpuSeen, QpuWentOut, QpuCameBack, QpuMetered, AttemptPlaced, OthersOnNode>;

struct Event {
  Instant at;
  EventBody body;
};

/// `JobSubmitted`, as in docs/events.md.
[[nodiscard]] std::string_view event_name(const EventBody& body);
/// Every name, in the order of the numbers.
[[nodiscard]] const std::vector<std::string_view>& event_names();

/// The number of the kind and the bytes of the body (base/codec.hpp); and back, or nothing where they are not an event
/// that this version knows.
[[nodiscard]] std::uint32_t event_number(const EventBody& body);
[[nodiscard]] std::string encode_event(const EventBody& body);
[[nodiscard]] std::optional<EventBody> decode_event(std::uint32_t number, std::string_view bytes);

/// The job that an event is about, if it is about one.
[[nodiscard]] std::optional<model::JobId> job_of(const EventBody& body);

}  // namespace mingyue::core
