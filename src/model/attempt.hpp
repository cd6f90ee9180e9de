#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/job.hpp"
#include "model/lease.hpp"

/// One run of a job: where it is, how it ended, and what an engine is asked and says about it.
namespace mingyue::model {

/// Why an attempt ended, as the engine saw it (or as the core concluded: node_lost).
enum class EndCause : std::uint8_t {
  exited = 1,         ///< by itself; see exit_code (the first task that failed, in time)
  signalled = 2,      ///< a task was killed by a signal that the centre did not send
  memory = 3,         ///< over its memory limit
  wall = 4,           ///< over its wall limit
  ended = 5,          ///< the centre asked for the end (cancel, preemption, hang)
  launch_failed = 6,  ///< never ran: program or folder missing, no process left
  lost = 7,           ///< the engine cannot say: the machine restarted, or its supervisor was killed
  node_lost = 8,      ///< its node is gone
};
DESCRIBE_ENUM(EndCause, exited, signalled, memory, wall, ended, launch_failed, lost, node_lost)

struct AttemptEnd {
  EndCause cause = EndCause::exited;
  std::int32_t exit_code = 0;   ///< valid for exited
  std::int32_t signal = 0;      ///< valid for signalled
  std::int32_t task = 0;        ///< rank of the task that decided the end
  std::int64_t last_step = -1;  ///< of the last progress line; -1: none
  std::int64_t cpu_ms = 0;      ///< CPU time of the whole tree
  Bytes memory_peak;            ///< largest seen, 0 when the machine cannot tell
  std::string message;          ///< for people
  friend bool operator==(const AttemptEnd&, const AttemptEnd&) = default;
};
DESCRIBE(AttemptEnd, cause, exit_code, signal, task, last_step, cpu_ms, memory_peak, message)

/// One line of progress, or of a checkpoint.
struct Progress {
  std::int64_t step = -1;
  std::int64_t of = -1;
  std::string checkpoint;    ///< name; empty: not a checkpoint
  std::int64_t took_ms = 0;  ///< how long writing the checkpoint took
  friend bool operator==(const Progress&, const Progress&) = default;
};
DESCRIBE(Progress, step, of, checkpoint, took_ms)

/// One process of an attempt, ready to run: all that an engine needs, nothing that it must decide.
struct TaskOrder {
  std::int32_t rank = 0;  ///< in the whole job, from 0
  std::string node_name;
  bool node_is_virtual = false;
  TaskLease lease;
  std::string script;
  std::vector<std::string> command;
  Environment environment;  ///< the whole contract but what only the engine knows: paths, master address and port
  std::string card_type;    ///< of the lease's cards; empty: none
  friend bool operator==(const TaskOrder&, const TaskOrder&) = default;
};
DESCRIBE(TaskOrder, rank, node_name, node_is_virtual, lease, script, command, environment, card_type)

struct LaunchOrder {
  AttemptId attempt;
  Instant granted_at;
  std::string job_name;
  std::string user;
  std::string workdir;  ///< absolute; empty: a fresh folder
  std::string output;   ///< expanded per task but %t; relative to workdir; empty: none
  Duration wall;
  CheckpointContract checkpoint;
  Duration hang_after;
  bool terminal = false;
  std::string checkpoint_last;
  JobId checkpoint_owner;  ///< whose checkpoint folder this is: the job
  std::vector<TaskOrder> tasks;
  std::string engine;            ///< empty: this machine's own
  std::string engine_partition;  ///< what the engine calls the partition
  std::string account;           ///< the Unix account that it runs as, on an engine of many machines
  /// The engine's own queue chooses when and where: tasks name no node, and their leases only say how many cores and
  /// cards each needs. It is reported where they are before it is reported that they run.
  bool guest = false;
  friend bool operator==(const LaunchOrder&, const LaunchOrder&) = default;
};
DESCRIBE(LaunchOrder, attempt, granted_at, job_name, user, workdir, output, wall, checkpoint, hang_after, terminal,
         checkpoint_last, checkpoint_owner, tasks, engine, engine_partition, account, guest)

}  // namespace mingyue::model
