#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/shared.hpp"
#include "sched/snapshot.hpp"

/// The planner: `plan(snapshot) → Plan`, a pure function.
///
/// Conservative backfill (A. W. Mu'alem and D. G. Feitelson, "Utilization, Predictability, Workloads, and User Runtime
/// Estimates in Scheduling the IBM SP2 with Backfilling", IEEE TPDS 12(6), 2001): every waiting job that could ever run
/// gets the earliest start that delays no job before it in the order; what can start now, starts. A promise therefore
/// never moves later because of backfill.
///
/// A promise is a booking of named nodes, exact in every resource and in every millisecond. When running work ends
/// early, planning afresh would let a wide job move forward over a narrow one behind it, whose promise would then move
/// later. So a plan keeps the promises of the one before (`Snapshot::promises`), and only moves them earlier, one by
/// one in the order ("compression" in the paper above). What does move a promise later is priority (a job new above it
/// in the order, a preemption by one above it) and the world (a node lost, work that outlives its limit).
namespace mingyue::sched {

/// Start this job now; `nodes[rank]` is where its task of that rank goes.
struct Start {
  model::JobId job;
  std::vector<model::NodeId> nodes;
  bool backfill = false;  ///< a job before it in the order, in the same partition, waits for room
  friend bool operator==(const Start&, const Start&) = default;
};
DESCRIBE(Start, job, nodes, backfill)

/// Ask this attempt to end, so that `by` can start.
struct Preemption {
  model::AttemptId attempt;
  model::JobId by;
  bool move = false;  ///< there is room for it elsewhere, at once
  friend bool operator==(const Preemption&, const Preemption&) = default;
};
DESCRIBE(Preemption, attempt, by, move)

/// Why a job waits. Each has its sentence in every language (api/messages); `args` fill it.
enum class WaitCode : std::uint8_t {
  held = 1,         ///< -
  dependency = 2,   ///< by what
  array_bound = 3,  ///< bound
  retry_delay = 4,  ///< until
  budget = 5,       ///< project
  resources = 6,  ///< what is short now: `cores`, `memory`, `cards`, `nodes`, `tasks`; free; needed; card type or empty
  would_delay = 7,  ///< the job that would start later; by how long (empty: not later, but its nodes are reserved)
  too_large =
      8,  ///< what; most the partition could ever give; needed; type  (nodes down or drained: counts them as gone)
  wall_exceeds = 9,        ///< partition's longest wall limit
  preempting = 10,         ///< the attempts that were asked to end
  spares = 11,             ///< how many nodes are kept as spares: with them it would fit
  moving = 12,             ///< the attempts that were asked to move elsewhere
  reserved = 13,           ///< it would run into this reservation; from when
  reservation = 14,        ///< its reservation; when that begins
  reservation_over = 15,   ///< its reservation, which is no more
  reservation_short = 16,  ///< its reservation, in whose windows it finds no room
  qpu_out = 17,     ///< the quantum devices that qualify, none of which is in service, each with why and until when
  qpu_shared = 18,  ///< ... and how many jobs share them, as many as may
};
DESCRIBE_ENUM(WaitCode, held, dependency, array_bound, retry_delay, budget, resources, would_delay, too_large,
              wall_exceeds, preempting, spares, moving, reserved, reservation, reservation_over, reservation_short,
              qpu_out, qpu_shared)

/// The nearest change that would let the job start now or sooner.
enum class ChangeCode : std::uint8_t {
  none = 0,
  release_it = 1,       ///< -
  wait_for = 2,         ///< - (until its promise)
  fewer_tasks = 3,      ///< how many tasks would start now
  fewer_cores = 4,      ///< cores per task that would start now
  shorter_wall = 5,     ///< wall limit that would start now (it would fit before the next promise)
  more_budget = 6,      ///< project
  resume_nodes = 7,     ///< names of drained or down nodes that would make it fit
  other_partition = 8,  ///< partition in which it would start now
  be_preemptible = 9,
  cancel_dependency = 10,
};
DESCRIBE_ENUM(ChangeCode, none, release_it, wait_for, fewer_tasks, fewer_cores, shorter_wall, more_budget, resume_nodes,
              other_partition, be_preemptible, cancel_dependency)

/// The number that orders the queue, term by term: each factor in 0..1000, times its weight of the policy.
struct PriorityTerms {
  std::int64_t total = 0;
  std::int64_t class_term = 0;
  std::int64_t fair_share_term = 0;
  std::int64_t age_term = 0;
  std::int64_t size_term = 0;
  std::int64_t merit_term = 0;
  std::int64_t deadline_term = 0;  ///< what puts a job that is near its latest start first in its class
  friend bool operator==(const PriorityTerms&, const PriorityTerms&) = default;
};
DESCRIBE(PriorityTerms, total, class_term, fair_share_term, age_term, size_term, merit_term, deadline_term)

using Words = std::vector<std::string>;

struct Wait {
  model::JobId job;
  WaitCode code = WaitCode::resources;
  Shared<Words> args;  ///< by all who lack the same
  ChangeCode change = ChangeCode::none;
  std::vector<std::string> change_args;
  std::optional<Instant>
      promised;  ///< expected start if every running job uses its whole wall limit; none: cannot be said
  std::vector<model::NodeId> promised_nodes;  ///< where, for the plan picture; may be empty
  PriorityTerms priority;
  std::int32_t place = 0;  ///< in the order, from 1
  friend bool operator==(const Wait&, const Wait&) = default;
};
DESCRIBE(Wait, job, code, args, change, change_args, promised, promised_nodes, priority, place)

/// How a partition's idle cores and cards divide, per resource. promised + stranded + unwanted = idle.
struct IdleClasses {
  std::string partition;
  std::string card_type;      ///< empty: cores
  std::int64_t promised = 0;  ///< held back for a job with a promise that would otherwise be taken
  std::int64_t stranded = 0;  ///< waiting work would fit the number but not the shape
  std::int64_t unwanted = 0;  ///< nothing waits for it
  friend bool operator==(const IdleClasses&, const IdleClasses&) = default;
};
DESCRIBE(IdleClasses, partition, card_type, promised, stranded, unwanted)

struct Plan {
  Instant at;
  std::vector<Start> starts;  ///< in the order in which they must be granted
  std::vector<Preemption> preemptions;
  std::vector<Wait> waits;           ///< one for each waiting job that is not in starts, in the order of the queue
  std::vector<IdleClasses> idle;     ///< as it is once the starts are made; every partition, every resource it has
  std::optional<Instant> replan_at;  ///< when time alone may change the plan (a promise falls due, a retry delay ends)
  friend bool operator==(const Plan&, const Plan&) = default;
};
DESCRIBE(Plan, at, starts, preemptions, waits, idle, replan_at)

/// A partition of so many usable nodes counts them (sched/counted_plan.hpp); in a smaller one each promise names its
/// nodes.
inline constexpr std::size_t counted_nodes = 128;

struct PlanSettings {
  std::size_t counted_nodes = sched::counted_nodes;
  /// A whole plan of so many waiting jobs is kept, and repaired when jobs come, start and end. A smaller one costs
  /// hardly more than a repair, and is newer.
  std::size_t keeps_from = 2'000;
  friend bool operator==(const PlanSettings&, const PlanSettings&) = default;
};

/// When a waiting job is expected to start now; none: it can no longer be said.
struct Repromise {
  model::JobId job;
  std::optional<Instant> promised;
  friend bool operator==(const Repromise&, const Repromise&) = default;
};
DESCRIBE(Repromise, job, promised)

/// What a kept plan (sched/kept_plan.hpp) says once something has happened: what is otherwise than the plan before it
/// said. Those who start wait no longer.
struct PlanStep {
  Instant at;
  std::vector<Start> starts;          ///< in the order in which they must be granted
  std::vector<Wait> waits;            ///< of those who have come, or wait for another reason; by place
  std::vector<Repromise> repromised;  ///< others whose promise is another now, by id
  std::vector<model::JobId> gone;     ///< wait no longer, and do not start either; by id
  std::vector<IdleClasses> idle;      ///< all
  std::optional<Instant> replan_at;
  friend bool operator==(const PlanStep&, const PlanStep&) = default;
};
DESCRIBE(PlanStep, at, starts, waits, repromised, gone, idle, replan_at)

[[nodiscard]] Plan plan(const Snapshot& snapshot, const PlanSettings& settings = {});

/// What the next plan has to keep: hand it on as Snapshot::promises.
[[nodiscard]] std::vector<PromiseView> promises_of(const Plan& plan);

/// The order alone (sched/fair_share.hpp explains that term; age counts from `eligible_since`, size is what the whole
/// gang weighs of its partition): priority terms of every waiting job, best first, ties by id.
[[nodiscard]] std::vector<std::pair<model::JobId, PriorityTerms>> order(const Snapshot& snapshot);

}  // namespace mingyue::sched
