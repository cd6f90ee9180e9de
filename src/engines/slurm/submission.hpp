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

/// Exactly the nodes, cores, memory and cards of the leases. Nodes that give the same are one component; where several
/// kinds of nodes are needed, the job is heterogeneous, because Slurm cannot be told otherwise how much to take of
/// each.
[[nodiscard]] Submission submission_of(const model::LaunchOrder& order, const SlurmOptions& options,
                                       const NodeBook& nodes, const Identity& identity, const std::string& step);

/// A batch script that is the program itself, or becomes it by way of a shell where its path is no first line.
[[nodiscard]] std::string script_of(const std::string& step, const std::string& verb);
/// One word of a shell.
[[nodiscard]] std::string quoted(std::string_view word);

}  // namespace mingyue::engines::slurm
