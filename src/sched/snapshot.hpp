#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/attempt.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"

/// What the planner sees: one moment of a centre, as plain values. Snapshot in, plan out (sched/plan.hpp).
namespace mingyue::sched {

/// Room on a node, or what something takes of it.
struct Room {
  CoreCount cores;
  Bytes memory;
  CardCount cards;
  friend bool operator==(const Room&, const Room&) = default;
};

struct NodeView {
  model::NodeId id;
  std::string name;
  std::int32_t partition = 0;  ///< index into Snapshot::partitions
  std::string switch_name;
  std::string card_type;
  Room total;
  Room free;              ///< what no lease holds now
  bool available = true;  ///< false: down or drained; nothing may start here
  bool spare = false;     ///< only for those who may hold spares
};

struct Hold {
  model::NodeId node;
  Room room;
};

/// A lease in force.
struct RunningView {
  model::AttemptId attempt;
  std::int32_t partition = 0;
  std::int32_t rank = 0;  ///< of its priority class
  bool preemptible = false;
  bool ending = false;  ///< already asked to end: its room comes back by `ends_by`, it is no victim again
  Duration grace;       ///< from the notice to the end
  Duration unsaved;     ///< run time since the last checkpoint (or the start)
  Instant ends_by;      ///< at the latest: start + wall limit, or notice + grace
  std::string project;  ///< empty: it is others', not a job of the centre
  std::string user;
  std::vector<Hold> holds;
  Duration uncounted;                    ///< run time that project_usage and user_usage do not contain yet
  bool movable = false;                  ///< preemptible, and not moved just now
  model::JobId moves_for;                ///< it is ending to make room for that job, and will go on elsewhere; 0: no
  Duration wall;                         ///< of its next attempt
  const model::JobSpec* spec = nullptr;  ///< null: not known, so it is not movable
};

/// Work of others on a node (core::OthersOnNode) has no attempt: it is numbered from the top, behind all jobs.
[[nodiscard]] constexpr model::JobId others_on(model::NodeId node) {
  return model::JobId{(std::uint64_t{1} << 62) + node.raw()};
}

/// Why a job may not be considered at all just now.
enum class Blocked : std::uint8_t {
  no = 0,
  held = 1,
  dependency = 2,
  array_bound = 3,
  retry_delay = 4,
  budget = 5,
  reservation_over = 6,  ///< the reservation that it is to run inside is no more
  qpu_out = 7,           ///< none of the quantum devices that qualify is in service
  qpu_shared = 8,        ///< ... or as many jobs share them as may
};

struct WaitingView {
  model::JobId id;
  std::int32_t partition = 0;
  std::int32_t rank = 0;
  bool preempts = false;
  bool preemptible = false;
  std::string project;
  std::string user;
  Duration wall;
  Instant eligible_since;  ///< submitted, or since its last block ended
  Blocked blocked = Blocked::no;
  std::string blocked_by;                ///< for people: `job 12`, `budget of project demo`
  std::optional<Instant> blocked_until;  ///< for retry_delay
  const model::JobSpec* spec = nullptr;  ///< its parts; never null; lives as long as the snapshot
  std::int32_t tasks_most = INT32_MAX;   ///< of an elastic job, in all: what its budget covers
  bool goes_on = false;  ///< a large gang that a node's loss has interrupted: it may hold spares, and goes first
  std::int32_t reservation = -1;  ///< it runs inside; index into Snapshot::reservations; -1: in none
};

/// What the plan before this one promised a job. It binds the new plan: a job that has kept its place in the order is
/// promised the same start or an earlier one, unless nodes were lost or running work overran. Without these, every plan
/// starts from nothing, and work that ends early can let a job overtake another and move that one's promise (Graham's
/// anomaly). sched/plan.hpp: `promises_of(plan)` makes them.
struct PromiseView {
  model::JobId job;
  Instant start;
  std::vector<model::NodeId> nodes;  ///< by rank
  std::int32_t place = 0;            ///< in the order of that plan
  friend bool operator==(const PromiseView&, const PromiseView&) = default;
};

/// A time in which nodes are set aside. Other work is off them at `closed`, a little before they are needed: an attempt
/// may start late, and its wall limit counts from then.
struct Window {
  Instant closed;
  Instant from;
  Instant to;
  friend auto operator<=>(const Window&, const Window&) = default;
};

/// Nodes set aside: in its windows nothing runs there but the jobs that name it, and those run nowhere else.
struct ReservationView {
  std::string name;
  std::int32_t partition = 0;
  bool maintenance = false;          ///< no job names it, and what is idle there is not idle
  std::vector<model::NodeId> nodes;  ///< ascending
  std::vector<Window> windows;       ///< ascending, apart; those that are over are left out
};

/// Recent use, decayed to `now`, in weighted resource-milliseconds (a card counts as the cores of its node's share).
struct UsageView {
  std::string name;
  std::int64_t usage = 0;
};

struct Snapshot {
  Instant now;
  std::vector<model::Partition> partitions;
  std::vector<NodeView> nodes;  ///< in the order of their ids
  std::vector<RunningView> running;
  std::vector<WaitingView> waiting;  ///< in the order of their ids
  std::vector<model::Project> projects;
  std::vector<UsageView> project_usage;  ///< of the project alone, not of those below it
  std::vector<UsageView> user_usage;     ///< `project/user`
  model::Policy policy;
  std::vector<PromiseView> promises;          ///< of the plan before this one, in any order; may be empty
  std::vector<ReservationView> reservations;  ///< no node is in two at the same time
};

}  // namespace mingyue::sched
