#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/attempt.hpp"
#include "model/ids.hpp"
#include "model/job.hpp"

/// What a task finds in its environment (docs/formats/job.md has the table), as far as it follows from the job and its
/// leases. The engine adds what only it knows: MINGYUE_PROGRESS, MINGYUE_CHECKPOINT, MASTER_ADDR, MASTER_PORT, HOME,
/// PATH, and SLURM_SUBMIT_DIR where the job has no workdir.
namespace mingyue::model {

/// Where one task runs.
struct TaskPlace {
  std::string node_name;
  TaskLease lease;
  std::string visible_variable;  ///< of the node's card type, even when the task leases none: then its cards are hidden
};

/// What is known of an attempt when it is granted.
struct AttemptFacts {
  JobId job;
  JobId array;             ///< the array's first job; 0: not of an array
  std::int32_t index = 0;  ///< of this element, when `array` is not 0
  std::int32_t attempt = 1;
  std::string checkpoint_last;
  std::string centre_name;
  std::vector<TaskPlace> places;  ///< one for each task of the attempt, in rank order
};

/// The environments of all tasks, in rank order; each ordered by name. Who wins where two say the same:
/// the document over SLURM_*, OMP_NUM_THREADS and anything that is not of the contract; the contract over the document
/// for everything else (ranks, sizes, cards), because a wrong rank would hang the whole gang.
/// Says to a task that it may use quantum devices, of so many qubits at least.
inline constexpr const char* qpu_variable = "MINGYUE_QPU_QUBITS";

[[nodiscard]] std::vector<Environment> task_environments(const JobSpec& job, const AttemptFacts& facts);

/// The environment of one task. For all tasks of a large gang, task_environments() shares the work.
[[nodiscard]] Environment task_environment(const JobSpec& job, const AttemptFacts& facts, std::int32_t rank);

/// Expands %j job, %A array's first job (or job), %a array index (or 0), %x name, %u user; %t stays for the engine,
/// which knows the task. (read_job refuses other patterns, %% too: after us it could no longer be told from a %t.)
[[nodiscard]] std::string expand_output_pattern(std::string_view pattern, const JobSpec& job,
                                                const AttemptFacts& facts);

/// `node[001-003,007],login`: names in their order, neighbours with the same prefix and width drawn together.
[[nodiscard]] std::string compact_names(const std::vector<std::string>& names);

}  // namespace mingyue::model
