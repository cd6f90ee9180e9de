#pragma once

#include <map>
#include <string>

#include "engines/shim/order.hpp"
#include "engines/slurm/dialect.hpp"
#include "engines/slurm/identity.hpp"
#include "engines/slurm/slurm_engine.hpp"
#include "engines/slurm/tables.hpp"

/// From the core's order to what the nodes are told and what Slurm is asked for. Pure.
namespace mingyue::engines::slurm {

/// What Slurm says of its nodes, by name.
using NodeBook = std::map<std::string, NodeRow, std::less<>>;

/// For mingyue-slurm-step: folders, limits, the whole environment but what Slurm says on the node.
[[nodiscard]] ShimOrder step_order(const model::LaunchOrder& order, const SlurmOptions& options,
                                   const Account& account);

/// Exactly the nodes, cores, memory and cards of the leases. Equal tasks are Slurm's tasks; where they differ, Slurm's
/// tasks are single CPUs, and memory and cards of each node are those of the node that has most.
[[nodiscard]] Submission submission_of(const model::LaunchOrder& order, const SlurmOptions& options,
                                       const NodeBook& nodes, const Identity& identity, const std::string& step);

/// A batch script that becomes the program.
[[nodiscard]] std::string script_of(const std::string& step, const std::string& words);
/// One word of a shell.
[[nodiscard]] std::string quoted(std::string_view word);

}  // namespace mingyue::engines::slurm
