#include "engines/machine_limits.hpp"

#include <fmt/format.h>

namespace mingyue::engines {
namespace {

ports::LimitFact memory_fact(const ControlGroups& groups) {
  if (groups.unified_memory) return {"memory", true, "control group v2, memory.max for each task; tried at start"};
  if (!groups.memory.empty())
    return {"memory", true, "control group v1, memory.limit_in_bytes for each task; tried at start"};
  return {
      "memory", true,
      "polling of resident memory, once a second: a program can exceed its limit between two looks (this machine has "
      "no memory control group that we may use)"};
}

ports::LimitFact clean_up_fact(const ControlGroups& groups) {
  if (!groups.unified.empty())
    return {"process clean-up", true, "control group v2, cgroup.kill: the whole tree in one step; and a subreaper"};
  return {"process clean-up", true,
          "a subreaper: everything below the attempt's supervisor is found in /proc and killed until nothing is left"};
}

ports::LimitFact processes_fact(const ControlGroups& groups, std::int64_t max) {
  if (!groups.limit_processes())
    return {"processes", false, "not limited: this machine has no pids control group that we may use"};
  return {"processes", true,
          fmt::format("control group {}, pids.max of {} for an attempt; tried at start",
                      groups.unified_pids ? "v2" : "v1", max)};
}

}  // namespace

std::vector<ports::LimitFact> machine_limits(const EngineOptions& options, const Machine& machine,
                                             const model::Node& node) {
  std::vector<ports::LimitFact> facts{
      {"wall time", true, "by the attempt's own supervisor, also while the daemon is down"},
      memory_fact(machine.groups),
      clean_up_fact(machine.groups),
  };
  if (node.is_virtual) {
    facts.push_back({"cores", false, "a virtual node: its tasks share this machine's cores and are not pinned"});
  } else if (node.cores.raw() > static_cast<std::int32_t>(machine.cores.size())) {
    facts.push_back({"cores", false,
                     fmt::format("not all pinned: the node is declared with {} cores, this machine has {}",
                                 node.cores.raw(), machine.cores.size())});
  } else {
    facts.push_back({"cores", true,
                     "tasks are pinned to their cores (sched_setaffinity); a program that insists can unpin itself"});
  }
  facts.push_back(processes_fact(machine.groups, options.processes_max));
  if (node.is_virtual && node.cards.raw() > 0) {
    facts.push_back({"cards", false, "a virtual node: its cards are not real; programs are only told their numbers"});
  } else if (node.cards.raw() > 0) {
    facts.push_back(
        {"cards", false, "programs are told their cards by the type's variable; the others are not hidden from them"});
  }
  facts.push_back({"output size", true,
                   fmt::format("{} on disk for each stream of a task: the first half, and the newest",
                               print_bytes(options.output_bytes_max))});
  facts.push_back({"users", false, "all tasks run as the user of the daemon"});
  return facts;
}

}  // namespace mingyue::engines
