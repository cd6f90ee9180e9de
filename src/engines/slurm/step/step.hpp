#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/shim/attempt_folder.hpp"
#include "engines/shim/order.hpp"
#include "engines/slurm/step/step_status.hpp"

/// What runs on the nodes for an attempt (docs/engines/slurm.md). One program, three tasks:
///
///   batch          Slurm's batch script: claims the attempt that MINGYUE_STEP_FOLDER names; runs its one task itself,
///                  or all of them with srun; writes how it ended
///   rank FOLDER    one task, started by srun: keeps its limits, captures its output, writes how it ended
///   pilot          holds an allocation, and runs attempts that the engine sends over a connection
namespace mingyue::engines::slurm {

int run_batch(const std::string& folder);
int run_rank(const std::string& folder);
int run_pilot();

/// Creates the claim of the attempt, with the Slurm job and the node in it. False when it is there already.
[[nodiscard]] Expected<bool, Errno> claim_for_job(const AttemptFolder& folder);

/// All signals through a descriptor, as the supervisor wants them. Descriptors that we were given stay open: an MPI
/// library may speak to Slurm through one.
[[nodiscard]] Fd signals_by_descriptor();

[[nodiscard]] std::optional<ShimOrder> read_order(const AttemptFolder& folder);

/// A variable of this process, or nothing.
[[nodiscard]] std::string_view variable(const char* name);

/// What Slurm told this process of the job (SLURM_*, PMIX_*, the cards) wins over what the order says of the same; and
/// a gang's meeting point is the node of its first task.
void add_slurm_environment(ShimTask& task, const std::vector<std::string>& hosts);

/// Node of each rank: one name a line.
[[nodiscard]] std::vector<std::string> read_hosts(const AttemptFolder& folder);
[[nodiscard]] std::vector<std::string> read_lines(const std::string& path);
[[nodiscard]] inline std::string hosts_path(const AttemptFolder& folder) { return folder.path() + "/hosts"; }
/// Our rank of each of Slurm's, one a line; not there where they are the same.
[[nodiscard]] inline std::string ranks_path(const AttemptFolder& folder) { return folder.path() + "/rank-order"; }
[[nodiscard]] inline AttemptFolder rank_folder(const AttemptFolder& folder, std::int32_t rank) {
  return AttemptFolder(folder.path() + "/ranks/" + std::to_string(rank));
}

/// For Slurm's own records: the program's exit code, 128 and the signal, or 1.
[[nodiscard]] int status_of(const EndRecord& end);

/// Runs the one task of an order to its end. `in_pilot`: signals come as commands of our own.
int supervise_alone(const AttemptFolder& folder, ShimOrder order, Fd signals, bool in_pilot);

}  // namespace mingyue::engines::slurm
