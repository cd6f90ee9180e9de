#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "ledger/rows.hpp"
#include "model/attempt.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"
#include "model/reservation.hpp"
#include "sched/plan.hpp"

/// What travels between a centre and its clients: the bodies of the API under /v1, written and read as JSON by
/// formats/json.hpp. The server fills them, the command line prints them, the API document is made of them.
namespace mingyue::wire {

/// A live picture of progress.
struct ProgressView {
  std::int64_t step = -1;
  std::int64_t of = -1;
  std::string checkpoint;
  std::optional<Instant> at;
};
DESCRIBE(ProgressView, step, of, checkpoint, at)

/// A job in a list.
/// When a waiting job will likely start, learnt from how long jobs here really run.
struct StartView {
  Instant earliest;
  Instant likely;
  Instant latest;
  std::int32_t confidence_percent = 90;  ///< how many of a hundred such intervals hold the start
  Instant made_at;
};
DESCRIBE(StartView, earliest, likely, latest, confidence_percent, made_at)

struct JobView {
  model::JobId id;
  model::JobId array;
  std::int32_t array_index = -1;
  std::string name;
  std::string user;
  std::string project;
  std::string partition;
  model::WorkKind kind = model::WorkKind::general;
  std::string priority_class;
  model::JobState state = model::JobState::queued;
  std::int32_t attempts = 0;
  std::string reason;                     ///< why it waits, or why it ended; a sentence, empty when all is said
  std::optional<Instant> expected_start;  ///< of a waiting job
  Instant submitted_at;
  std::optional<Instant> started_at;
  std::optional<Instant> ended_at;
  std::int32_t exit_code = 0;
  std::int32_t tasks = 1;
  std::int32_t cores = 0;
  std::int32_t cards = 0;
  std::vector<std::string> nodes;  ///< of the running attempt
  bool is_virtual = false;         ///< some of these nodes are virtual
  std::optional<ProgressView> progress;
  Credits charged;
  std::optional<StartView> start;  ///< of a waiting job; expected_start is when it starts if all run to their limits
};
DESCRIBE(JobView, id, array, array_index, name, user, project, partition, kind, priority_class, state, attempts, reason,
         expected_start, submitted_at, started_at, ended_at, exit_code, tasks, cores, cards, nodes, is_virtual,
         progress, charged, start)

/// One job with all that is known of it.
struct JobDetail {
  JobView job;
  std::string workdir;
  std::string comment;
  std::optional<Duration> wall;  ///< its limit; of ended jobs it is not remembered
  Duration ran;                  ///< how long its attempts ran, in all; what runs now until now
  std::vector<ledger::AttemptRow> attempts;
  std::int32_t tasks_least = 0;  ///< of an elastic job that waits, whose `tasks` are then the most; else 0
};
DESCRIBE(JobDetail, job, workdir, comment, wall, ran, attempts, tasks_least)

struct Submitted {
  model::JobId id;         ///< of an array: its first element's
  std::int64_t count = 1;  ///< elements
  std::string name;
  model::JobState state = model::JobState::queued;
  bool repeated = false;           ///< the idempotency key was known: this is the answer of then
  std::vector<std::string> notes;  ///< what was understood but has no effect here
};
DESCRIBE(Submitted, id, count, name, state, repeated, notes)

/// A change with which a waiting job would start sooner; it was tried.
struct SoonerView {
  sched::ChangeCode change = sched::ChangeCode::none;  ///< `fewer-tasks`, `shorter-wall` or `other-partition`
  std::string to;                                      ///< tasks; a wall limit; a partition
  std::string instead_of;
  Instant starts_at;  ///< the promise that it would have
  bool now = false;   ///< it would start at once
  std::string sentence;
};
DESCRIBE(SoonerView, change, to, instead_of, starts_at, now, sentence)

/// A quantum device as it was weighed for a batch.
struct WeighedView {
  std::string device;
  double success = 0;  ///< expected, of one shot, from its calibration
  Duration wait;       ///< expected, when the batch was asked for
  Duration run;        ///< how long the device would be held
  bool chosen = false;
  std::string why_not;  ///< it could not run there, or not then
};
DESCRIBE(WeighedView, device, success, wait, run, chosen, why_not)

/// What a running job does with quantum devices.
struct LoopView {
  std::int64_t batches = 0;      ///< ended, since the daemon's start
  Duration held;                 ///< devices, since then
  std::int32_t waiting = 0;      ///< its batches that wait for a device
  std::int32_t place = 0;        ///< of the first of these, from 1; 0: none waits
  std::optional<Instant> start;  ///< ... expected
  model::QpuPrefer prefer = model::QpuPrefer::balanced;
  std::vector<WeighedView> weighed;  ///< for its newest batch
};
DESCRIBE(LoopView, batches, held, waiting, place, start, prefer, weighed)

/// Why a job waits (or: that it does not).
struct WhyView {
  model::JobId id;
  model::JobState state = model::JobState::queued;
  std::string sentence;
  std::string advice;  ///< the nearest change that would help
  std::optional<Instant> expected_start;
  std::int32_t place = 0;  ///< in the order, from 1; 0: not waiting
  sched::PriorityTerms priority;
  std::optional<StartView> start;  ///< of a waiting job, where something can be said
  std::string start_sentence;      ///< the same in words, with times in UTC, or why nothing can be said
  std::vector<SoonerView> sooner;  ///< changes that would help; what changes least comes first
  std::optional<Instant> deadline;
  std::string deadline_sentence;  ///< whether it will be kept, as far as is known; empty: there is none
  std::optional<LoopView> qpu;    ///< of a running job that uses quantum devices
};
DESCRIBE(WhyView, id, state, sentence, advice, expected_start, place, priority, start, start_sentence, sooner, deadline,
         deadline_sentence, qpu)

/// What a partition's cores, or cards, do until the horizon of a what-if.
struct WhatIfPool {
  std::string partition;
  std::string resource;  ///< `cores`, or the card type
  std::int64_t capacity = 0;
  double use = 0;  ///< used part of capacity × time
};
DESCRIBE(WhatIfPool, partition, resource, capacity, use)

struct WhatIfSide {
  std::int64_t started = 0;  ///< of what waits now
  std::int64_t waiting = 0;
  Duration wait_mean;  ///< from now to the start, of what starts
  std::vector<WhatIfPool> pools;
};
DESCRIBE(WhatIfSide, started, waiting, wait_mean, pools)

/// Starts: the median of the futures, and of `after` the 10th and 90th percentile. None: not before the horizon.
struct WhatIfJob {
  model::JobId id;  ///< of an asked one: the number that it would have
  std::string name;
  bool asked = false;  ///< submitted by the question
  std::optional<Instant> before;
  std::optional<Instant> after;
  std::optional<Instant> early;
  std::optional<Instant> late;
};
DESCRIBE(WhatIfJob, id, name, asked, before, after, early, late)

/// The answer of POST /v1/whatif. `jobs` has those that the question submits, then those whose start moves, the largest
/// shift first, at most 1,000.
struct WhatIfView {
  Instant now;
  Instant until;
  std::int32_t futures = 1;
  bool learnt = false;       ///< run times were drawn from what has ended here; else uniformly up to the limits
  std::int64_t took_ms = 0;  ///< to answer
  WhatIfSide before;
  WhatIfSide after;
  std::int64_t earlier = 0;  ///< waiting jobs whose start moves
  std::int64_t later = 0;
  std::vector<WhatIfJob> jobs;
};
DESCRIBE(WhatIfView, now, until, futures, learnt, took_ms, before, after, earlier, later, jobs)

struct LimitView {
  std::string limit;
  bool enforced = false;
  std::string how;
};
DESCRIBE(LimitView, limit, enforced, how)

struct NodeView {
  std::string name;
  std::string partition;
  std::string switch_name;
  std::string state;  ///< `up`, `drained`, `draining` (work still runs), `maintenance`, `down`
  std::string why;
  bool is_virtual = false;
  std::int32_t cores = 0;
  std::int32_t cores_free = 0;
  Bytes memory;
  Bytes memory_free;
  std::string card_type;
  std::int32_t cards = 0;
  std::int32_t cards_free = 0;
  std::vector<model::JobId> jobs;
  std::vector<LimitView> limits;  ///< only of one node
  std::string engine;             ///< empty: this machine's own
  std::int32_t cores_others = 0;  ///< used by others than the centre's jobs
  std::int32_t cards_others = 0;
  std::optional<Instant> others_until;
};
DESCRIBE(NodeView, name, partition, switch_name, state, why, is_virtual, cores, cores_free, memory, memory_free,
         card_type, cards, cards_free, jobs, limits, engine, cores_others, cards_others, others_until)

/// An engine of many machines.
struct EngineView {
  std::string name;
  model::EngineKind kind = model::EngineKind::slurm;
  std::string version;  ///< of what it drives: `slurm 22.05.8`; empty: not known yet
  std::string speaks;   ///< how: `REST v0.0.38`
  std::string state;    ///< `up`, `unreachable`
  std::string why;
  std::vector<std::string> partitions;  ///< of the centre; those in which its own queue decides end in ` (guest)`
  std::int32_t nodes = 0;
  std::int32_t cores = 0;
  std::int32_t cards = 0;
  std::int32_t attempts = 0;  ///< that it has begun and that are not forgotten
  std::int32_t pilots = 0;    ///< allocations that it holds and fills with small attempts
};
DESCRIBE(EngineView, name, kind, version, speaks, state, why, partitions, nodes, cores, cards, attempts, pilots)

/// A quantum device.
struct QpuView {
  std::string name;
  std::string technology;
  bool simulated = false;
  std::int32_t qubits = 0;
  std::vector<std::string> gates;  ///< native
  double two_qubit_fidelity = 0;   ///< median over its pairs; 0: not known
  std::string calibration;
  std::optional<Instant> calibrated_at;
  std::string state;  ///< `up`, `calibration`, `maintenance`, `down`, `drained`, `unseen`
  std::string why;
  std::optional<Instant> back_at;
  std::optional<model::JobId> job;  ///< whose batch runs, or who has it in a session
  bool session = false;
  std::int32_t waiting = 0;  ///< batches that could run here
  std::int32_t loops = 0;    ///< so many jobs share it at once
  Credits per_hour;
};
DESCRIBE(QpuView, name, technology, simulated, qubits, gates, two_qubit_fidelity, calibration, calibrated_at, state,
         why, back_at, job, session, waiting, loops, per_hour)

/// What a circuit measured. With device, calibration and seed it can be had again, on a simulated device bit for bit.
struct CircuitResultView {
  std::string device;
  std::string calibration;
  std::string seed;
  std::int64_t shots = 0;
  std::vector<std::pair<std::string, std::int64_t>> counts;  ///< by outcome, the last bit leftmost
  double expected_success = 0;                               ///< of one shot, from the calibration
  std::int64_t held_us = 0;                                  ///< for which the device was held
  std::int64_t waited_us = 0;
  std::vector<std::int32_t> layout;    ///< qubit i began on the device's qubit layout[i]
  std::vector<std::int32_t> measured;  ///< bit i was read from the device's qubit measured[i]; -1: from none
  std::string message;                 ///< of the device
};
DESCRIBE(CircuitResultView, device, calibration, seed, shots, counts, expected_success, held_us, waited_us, layout,
         measured, message)

/// Nodes set aside. Of a reservation for work, those whom it is not for see when and where, not for whom and why.
struct ReservationView {
  std::string name;
  model::ReservationKind kind = model::ReservationKind::work;
  bool open = false;  ///< its window has begun
  std::string partition;
  std::vector<std::string> nodes;
  Instant start;  ///< of the window that is open, or of the next
  Instant end;
  std::optional<Duration> every;
  std::optional<Instant> until;
  std::vector<std::string> projects;
  std::vector<std::string> users;
  std::string by;
  std::string why;
  Instant made_at;
  std::vector<model::JobId> jobs;  ///< that run inside
};
DESCRIBE(ReservationView, name, kind, open, partition, nodes, start, end, every, until, projects, users, by, why,
         made_at, jobs)

struct ProjectView {
  std::string name;
  std::string parent;
  std::int32_t shares = 1;
  std::int32_t merit = 100;
  bool has_budget = false;
  Credits granted;
  Credits charged;
  Credits reserved;
  Credits available;
  std::int64_t recent_use = 0;  ///< decayed core-milliseconds
};
DESCRIBE(ProjectView, name, parent, shares, merit, has_budget, granted, charged, reserved, available, recent_use)

struct UserView {
  std::string name;
  model::Role role = model::Role::member;
  std::vector<std::string> projects;
};
DESCRIBE(UserView, name, role, projects)

struct TokenView {
  std::string token;
  std::string user;
  model::Role role = model::Role::member;
  Instant issued_at;
  std::string secret;  ///< only in the answer to its issue, never again
};
DESCRIBE(TokenView, token, user, role, issued_at, secret)

struct IncidentView {
  model::IncidentId id;
  std::string kind;
  model::JobId job;
  std::int32_t attempt = 0;
  std::string node;
  std::string message;
  Instant opened_at;
  std::optional<Instant> closed_at;
  std::string how;
  std::string what_to_do;  ///< what an operator does about one of its kind; a sentence
};
DESCRIBE(IncidentView, id, kind, job, attempt, node, message, opened_at, closed_at, how, what_to_do)

/// Resource-time of one partition and resource over a period, in core- or card-milliseconds. The values of `classes`
/// sum to `capacity`, exactly.
struct LedgerLine {
  std::string partition;
  std::string resource;  ///< `cores`, or the card type
  ResourceTime capacity;
  std::vector<std::pair<std::string, ResourceTime>>
      classes;         ///< productive, checkpoint, start, lost, promised, stranded,
                       ///< unwanted, down, drained: always all nine, in this order
  double use = 0;      ///< used / capacity
  double goodput = 0;  ///< productive / capacity
};
DESCRIBE(LedgerLine, partition, resource, capacity, classes, use, goodput)

/// The used time of one group (project, user, kind of work or job), when the ledger is asked by one of these.
struct UsageLine {
  std::string partition;
  std::string resource;
  std::string group;
  std::vector<std::pair<std::string, ResourceTime>> classes;  ///< the four used ones
};
DESCRIBE(UsageLine, partition, resource, group, classes)

struct LedgerView {
  std::string centre;
  Instant from;
  Instant to;
  std::vector<LedgerLine> lines;  ///< whole partitions; empty when the question was narrowed to a project, user, kind
  std::vector<UsageLine> usage;   ///< with `by`, or narrowed
};
DESCRIBE(LedgerView, centre, from, to, lines, usage)

struct EventView {
  std::uint64_t seq = 0;
  Instant at;
  std::string type;     ///< `JobSubmitted`
  model::JobId job;     ///< 0: not about a job
  std::string summary;  ///< a sentence
  std::string hash;     ///< hexadecimal
};
DESCRIBE(EventView, seq, at, type, job, summary, hash)

struct CentreView {
  std::string name;
  std::string version;
  Instant now;
  std::uint64_t head_seq = 0;
  std::string stalled;  ///< empty: the log can be written
  std::int64_t jobs_waiting = 0;
  std::int64_t jobs_running = 0;
  std::int64_t nodes = 0;
  std::int64_t nodes_virtual = 0;
  std::vector<std::string> partitions;
};
DESCRIBE(CentreView, name, version, now, head_seq, stalled, jobs_waiting, jobs_running, nodes, nodes_virtual,
         partitions)

/// Who the caller is to the centre.
struct WhoView {
  std::string user;
  model::Role role = model::Role::member;
  std::vector<std::string> projects;
  std::vector<std::string> can;  ///< what the role allows: the names of operations of the API's document
};
DESCRIBE(WhoView, user, role, projects, can)

/// Where a client on the centre's own machine finds it: DATA/endpoint.json, readable by the owner alone.
struct Endpoint {
  std::string url;
  std::string token;
  std::int64_t pid = 0;
  Instant started_at;
};
DESCRIBE(Endpoint, url, token, pid, started_at)

}  // namespace mingyue::wire
