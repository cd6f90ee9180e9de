#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/describe.hpp"
#include "base/sparse.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"

/// What a job says. The document in front of it is docs/formats/job.md; model/job_document.hpp reads it.
namespace mingyue::model {

/// How the ledger groups work. No code path depends on it.
enum class WorkKind : std::uint8_t { general = 1, ai = 2, supercomputing = 3, quantum = 4 };
DESCRIBE_ENUM(WorkKind, general, ai, supercomputing, quantum)

enum class Placement : std::uint8_t { any = 1, pack = 2, spread = 3 };
DESCRIBE_ENUM(Placement, any, pack, spread)

enum class Where : std::uint8_t { here = 1, allies = 2, any = 3 };
DESCRIBE_ENUM(Where, here, allies, any)

/// What one task needs on its node.
struct TaskNeed {
  CoreCount cores{1};
  Bytes memory;
  CardCount cards;
  std::string card_type;  ///< empty: any type (all cards of a part are of one type)
  friend auto operator<=>(const TaskNeed&, const TaskNeed&) = default;
};
DESCRIBE(TaskNeed, cores, memory, cards, card_type)

/// What counts when more than one quantum device would do.
enum class QpuPrefer : std::uint8_t {
  balanced = 1,  ///< the earliest end of so many shots that the wanted number of them is free of faults
  fidelity = 2,  ///< the highest expected success; among equals the earliest end
  time = 3,      ///< the earliest end; among equals the highest expected success
};
DESCRIBE_ENUM(QpuPrefer, balanced, fidelity, time)

/// How a part has its quantum device.
enum class QpuHold : std::uint8_t {
  batch = 1,    ///< for the time of each batch of circuits; others have it in between
  session = 2,  ///< the program may also take it for a while, and pays for all of that
};
DESCRIBE_ENUM(QpuHold, batch, session)

/// A quantum computer that the tasks of a part may use while they run. Every device that has all of this qualifies.
struct QpuNeed {
  std::int32_t qubits = 1;              ///< at least
  std::vector<std::string> devices;     ///< one of these; empty: any
  std::string technology;               ///< empty: any
  std::vector<std::string> gates;       ///< native to it
  std::int32_t two_qubit_fidelity = 0;  ///< median over its pairs, at least, in millionths
  QpuPrefer prefer = QpuPrefer::balanced;
  QpuHold hold = QpuHold::batch;
  friend bool operator==(const QpuNeed&, const QpuNeed&) = default;
};
DESCRIBE(QpuNeed, qubits, devices, technology, gates, two_qubit_fidelity, prefer, hold)

using Environment = std::vector<std::pair<std::string, std::string>>;  ///< ordered by name

/// One part of a job: `tasks` equal tasks that start together with those of all other parts.
///
/// At most one part of a job is elastic: an attempt has any number of its tasks from `least()` to `tasks`. How many,
/// the plan decides for each attempt; the attempt's lease says it.
struct Part {
  std::string name;
  std::int32_t tasks = 1;  ///< of an elastic part: the most
  TaskNeed need;
  Placement placement = Placement::any;
  std::string script;                ///< either this, with its own #! line ...
  std::vector<std::string> command;  ///< ... or this, run without a shell
  Environment environment;
  std::int32_t tasks_least = 0;  ///< 0: not elastic
  Sparse<QpuNeed> qpu;           ///< written(): it uses quantum devices; at most one part of a job does
  friend bool operator==(const Part&, const Part&) = default;

  [[nodiscard]] bool elastic() const { return tasks_least > 0; }
  [[nodiscard]] std::int32_t least() const { return elastic() ? tasks_least : tasks; }
};
DESCRIBE(Part, name, tasks, need, placement, script, command, environment, tasks_least, qpu)

enum class DependencyKind : std::uint8_t { after = 1, after_ok = 2, after_any = 3 };
DESCRIBE_ENUM(DependencyKind, after, after_ok, after_any)

/// Waits for another job. The first id of an array stands for all its elements.
struct Dependency {
  DependencyKind kind = DependencyKind::after_any;
  JobId job;
  friend auto operator<=>(const Dependency&, const Dependency&) = default;
};
DESCRIBE(Dependency, kind, job)

struct Retry {
  std::int32_t attempts = 3;  ///< in all, faults included; preemptions do not count
  Duration delay;             ///< between a fault and the next attempt
  bool on_exit = true;        ///< also when the program ends with an exit code other than 0 and 93
  friend bool operator==(const Retry&, const Retry&) = default;
};
DESCRIBE(Retry, attempts, delay, on_exit)

struct CheckpointContract {
  std::int32_t signal = 0;  ///< 0: none asked for
  Duration grace;           ///< from the signal to the end
  friend bool operator==(const CheckpointContract&, const CheckpointContract&) = default;
};
DESCRIBE(CheckpointContract, signal, grace)

/// A job as submitted, every default filled in. An array is one JobSpec with `indices`; each element is a job of its
/// own.
struct JobSpec {
  std::string name;
  std::string user;
  std::string project;
  std::string partition;
  WorkKind kind = WorkKind::general;
  std::string priority_class;
  bool preemptible = false;
  bool hold = false;
  Duration wall;
  std::vector<std::int32_t> indices;  ///< of an array, ascending; empty: not an array
  std::int32_t array_at_once = 0;     ///< how many elements may run at once; 0: no bound
  std::vector<Dependency> dependencies;
  std::vector<Part> parts;  ///< at least one
  std::string workdir;      ///< absolute; empty: a fresh folder of the attempt
  std::string output;       ///< pattern; empty: only the centre's own files
  Retry retry;
  CheckpointContract checkpoint;
  Duration hang_after;  ///< 0: never
  std::optional<Instant> deadline;
  Where where = Where::here;
  bool terminal = false;  ///< interactive: its one task gets a pseudo-terminal
  std::string comment;
  std::string reservation;  ///< runs inside this one; empty: in none
  friend bool operator==(const JobSpec&, const JobSpec&) = default;

  /// Of an elastic job the most that an attempt may have.
  [[nodiscard]] std::int32_t tasks() const {
    std::int32_t n = 0;
    for (const Part& part : parts) n += part.tasks;
    return n;
  }
  /// The fewest that an attempt may have.
  [[nodiscard]] std::int32_t tasks_least() const {
    std::int32_t n = 0;
    for (const Part& part : parts) n += part.least();
    return n;
  }
  /// What it asks of quantum devices; nullptr: nothing.
  [[nodiscard]] const QpuNeed* qpu() const {
    for (const Part& part : parts)
      if (part.qpu.written()) return &*part.qpu;
    return nullptr;
  }
  /// How many of this part's tasks there are in an attempt that has so many in all.
  [[nodiscard]] std::int32_t tasks_of(const Part& part, std::int32_t in_all) const {
    return part.elastic() ? in_all - (tasks() - part.tasks) : part.tasks;
  }
};
DESCRIBE(JobSpec, name, user, project, partition, kind, priority_class, preemptible, hold, wall, indices, array_at_once,
         dependencies, parts, workdir, output, retry, checkpoint, hang_after, deadline, where, terminal, comment,
         reservation)

enum class JobState : std::uint8_t {
  held = 1,
  queued = 2,
  starting = 3,
  running = 4,
  succeeded = 5,
  failed = 6,
  cancelled = 7,
  timed_out = 8,
};
DESCRIBE_ENUM(JobState, held, queued, starting, running, succeeded, failed, cancelled, timed_out)

[[nodiscard]] constexpr bool ended(JobState state) { return state >= JobState::succeeded; }

}  // namespace mingyue::model
