#include "engines/order_builder.hpp"

#include "engines/shim/attempt_folder.hpp"

namespace mingyue::engines {
namespace {

std::string with_rank(std::string pattern, std::int32_t rank) {
  const std::string number = std::to_string(rank);
  for (std::size_t at = 0; (at = pattern.find("%t", at)) != std::string::npos; at += number.size())
    pattern.replace(at, 2, number);
  return pattern;
}

}  // namespace

ShimOrder shim_order(const model::LaunchOrder& order, const EngineOptions& options, const Machine& machine) {
  const AttemptFolder folder(options.root + "/" + model::print(order.attempt));
  ShimOrder shim{.attempt = model::print(order.attempt),
                 .workdir = order.workdir.empty() ? folder.work() : order.workdir,
                 .workdir_is_fresh = order.workdir.empty(),
                 .terminal = order.terminal,
                 .wall_ms = order.wall.raw(),
                 .checkpoint_signal = order.checkpoint.signal,
                 .checkpoint_grace_ms = order.checkpoint.grace.raw(),
                 .term_grace_ms = options.term_grace.raw(),
                 .output_bytes_max = options.output_bytes_max.raw(),
                 .processes_max = options.processes_max,
                 .hang_after_ms = order.hang_after.raw(),
                 .checkpoint_folder = options.root + "/checkpoints/" + std::to_string(order.checkpoint_owner.raw()),
                 .groups = machine.groups.of_attempt(machine.tag + "-" + model::print(order.attempt)),
                 .tasks = {}};
  const AttemptPlaces places{
      .progress = folder.progress(),
      .checkpoint = shim.checkpoint_folder,
      .master_port = order.tasks.size() > 1 ? free_port() : std::uint16_t{0},
      .qpu = options.qpu_environment ? options.qpu_environment(order.attempt) : model::Environment{}};
  for (const model::TaskOrder& task : order.tasks) {
    // A virtual node's cores are not this machine's.
    const auto cpus = task.node_is_virtual ? std::vector<std::int32_t>{} : machine.cores.processors(task.lease.cores);
    shim.tasks.push_back({.rank = task.rank,
                          .command = task.command,
                          .script = task.script,
                          .environment = task_environment(order, task, places, machine.defaults),
                          .cpus = cpus,
                          .memory_max = task.lease.memory.raw(),
                          .output = with_rank(order.output, task.rank)});
  }
  return shim;
}

}  // namespace mingyue::engines
