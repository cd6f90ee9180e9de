#include "engines/slurm/submission.hpp"

#include <algorithm>

#include "engines/shim/attempt_folder.hpp"

namespace mingyue::engines::slurm {
namespace {

// Slurm's limit stands behind ours: it only matters where the supervisor itself is dead.
constexpr std::int64_t beyond_wall_ms = 90'000;
constexpr std::int64_t minute_ms = 60'000;

std::string with_rank(std::string pattern, std::int32_t rank) {
  const std::string number = std::to_string(rank);
  for (std::size_t at = 0; (at = pattern.find("%t", at)) != std::string::npos; at += number.size())
    pattern.replace(at, 2, number);
  return pattern;
}

/// A port of the first task's node. Nobody can ask that node beforehand, so attempts spread over a range that the
/// kernel does not give out by itself.
std::uint16_t master_port(model::AttemptId attempt) {
  const std::uint64_t mixed = attempt.job.raw() * 7 + static_cast<std::uint64_t>(attempt.number);
  return static_cast<std::uint16_t>(20'000 + mixed % 12'000);
}

struct Need {
  std::int32_t cpus = 1;
  std::int64_t memory_mb = 0;
  std::int32_t cards = 0;
  friend bool operator==(const Need&, const Need&) = default;
};

Need need_of(const model::TaskOrder& task, const NodeBook& nodes) {
  const auto node = nodes.find(task.node_name);
  const std::int32_t threads = node == nodes.end() ? 1 : node->second.threads_a_core;
  return {.cpus = std::max(static_cast<std::int32_t>(task.lease.cores.size()) * threads, 1),
          .memory_mb = task.lease.memory.raw() >> 20,
          .cards = static_cast<std::int32_t>(task.lease.cards.size())};
}

/// What Slurm calls cards of this type.
std::string gres_of(const std::string& card_type, const NodeBook& nodes) {
  for (const auto& [name, node] : nodes)
    if (node.card_type == card_type && node.cards > 0) return node.card_gres;
  return std::ranges::find(card_kinds, card_type) != std::end(card_kinds) ? card_type : "gpu:" + card_type;
}

std::string mpi_of(const model::LaunchOrder& order) {
  for (const auto& [name, value] : order.tasks.front().environment)
    if (name == "SLURM_MPI_TYPE") return value;
  return {};
}

}  // namespace

std::string quoted(std::string_view word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string script_of(const std::string& step, const std::string& words) {
  return "#!/bin/sh\nexec " + quoted(step) + " " + words + "\n";
}

ShimOrder step_order(const model::LaunchOrder& order, const SlurmOptions& options, const Account& account) {
  const std::string& shared = options.engine.shared;
  const AttemptFolder folder(shared + "/" + model::print(order.attempt));
  ShimOrder step{.attempt = model::print(order.attempt),
                 .workdir = order.workdir.empty() ? folder.work() : order.workdir,
                 .workdir_is_fresh = order.workdir.empty(),
                 .terminal = false,
                 .wall_ms = order.wall.raw(),
                 .checkpoint_signal = order.checkpoint.signal,
                 .checkpoint_grace_ms = order.checkpoint.grace.raw(),
                 .term_grace_ms = options.term_grace.raw(),
                 .output_bytes_max = options.output_bytes_max.raw(),
                 .hang_after_ms = order.hang_after.raw(),
                 .checkpoint_folder = shared + "/checkpoints/" + std::to_string(order.checkpoint_owner.raw()),
                 .groups = {},
                 .tasks = {}};
  const AttemptPlaces places{
      .progress = folder.progress(),
      .checkpoint = step.checkpoint_folder,
      .master_port = order.tasks.size() > 1 ? master_port(order.attempt) : std::uint16_t{0},
      .qpu = options.qpu_environment ? options.qpu_environment(order.attempt) : model::Environment{}};
  const DaemonDefaults defaults = defaults_of(account, options.path);
  for (const model::TaskOrder& task : order.tasks)
    step.tasks.push_back({.rank = task.rank,
                          .command = task.command,
                          .script = task.script,
                          .environment = task_environment(order, task, places, defaults),
                          .cpus = {},
                          .memory_max = task.lease.memory.raw(),
                          .output = with_rank(order.output, task.rank)});
  return step;
}

Submission submission_of(const model::LaunchOrder& order, const SlurmOptions& options, const NodeBook& nodes,
                         const Identity& identity, const std::string& step) {
  const std::string folder = options.engine.shared + "/" + model::print(order.attempt);
  Submission s{.name = order.job_name.empty() ? "mingyue" : order.job_name,
               .partition = order.engine_partition,
               .comment = comment_of(identity, model::print(order.attempt)),
               .script = script_of(step, "batch " + quoted(folder)),
               .folder = "/",
               .environment = {{"PATH", options.path}},
               .nodes = {},
               .limit_min = (order.wall.raw() + beyond_wall_ms + minute_ms - 1) / minute_ms};
  const auto count = static_cast<std::int32_t>(order.tasks.size());
  const Need first = need_of(order.tasks.front(), nodes);
  bool equal = true;
  std::string card_type;
  std::map<std::string, Need> on_node;
  for (const model::TaskOrder& task : order.tasks) {
    const Need need = need_of(task, nodes);
    equal = equal && need == first;
    if (need.cards > 0) card_type = task.card_type;
    Need& sum = on_node.try_emplace(task.node_name, Need{.cpus = 0}).first->second;
    sum.cpus += need.cpus;
    sum.memory_mb += need.memory_mb;
    sum.cards += need.cards;
  }
  if (const std::string mpi = mpi_of(order); !mpi.empty()) s.environment.emplace_back("MINGYUE_STEP_MPI", mpi);
  if (equal) s.environment.emplace_back("MINGYUE_STEP_CPUS", std::to_string(first.cpus));

  if (order.guest) {
    s.tasks = count;
    s.cpus_a_task = first.cpus;
    if (first.memory_mb > 0) s.memory_mb_a_cpu = std::max<std::int64_t>(first.memory_mb / first.cpus, 1);
    if (first.cards > 0) s.cards_a_task = gres_of(card_type, nodes) + ":" + std::to_string(first.cards);
    if (count == 1) s.node_count = 1;
    return s;
  }
  s.node_count = static_cast<std::int32_t>(on_node.size());
  std::int32_t cards = 0;
  std::int64_t memory_a_cpu = 0;
  for (const auto& [name, need] : on_node) {
    cards = std::max(cards, need.cards);
    memory_a_cpu = std::max(memory_a_cpu, need.memory_mb / need.cpus);
  }
  if (cards > 0) s.cards = gres_of(card_type, nodes) + ":" + std::to_string(cards);
  if (equal) {
    s.tasks = count;
    s.cpus_a_task = first.cpus;
    for (const model::TaskOrder& task : order.tasks) s.nodes.push_back(task.node_name);
  } else {
    for (const auto& [name, need] : on_node) s.nodes.insert(s.nodes.end(), static_cast<std::size_t>(need.cpus), name);
    s.tasks = static_cast<std::int32_t>(s.nodes.size());
  }
  if (on_node.size() == 1) {
    s.memory_mb_a_node = on_node.begin()->second.memory_mb;
    // One node needs no order of ranks, and its name once.
    s.nodes.resize(1);
  } else {
    s.memory_mb_a_cpu = memory_a_cpu;
  }
  return s;
}

}  // namespace mingyue::engines::slurm
