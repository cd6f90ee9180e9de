#include "engines/slurm/submission.hpp"

#include <algorithm>
#include <cctype>

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

/// What tasks need of one node, or one task of its own.
struct Need {
  std::int32_t tasks = 0;
  std::int32_t cpus = 0;
  std::int64_t memory_mb = 0;
  std::int32_t cards = 0;
  std::int32_t cpus_a_task = 0;  ///< where all of them need as many; else 0
  friend bool operator==(const Need&, const Need&) = default;
};

Need need_of(const model::TaskOrder& task, const NodeBook& nodes) {
  const auto node = nodes.find(task.node_name);
  const std::int32_t threads = node == nodes.end() ? 1 : node->second.threads_a_core;
  const std::int32_t cpus = std::max(static_cast<std::int32_t>(task.lease.cores.size()) * threads, 1);
  return {.tasks = 1,
          .cpus = cpus,
          .memory_mb = task.lease.memory.raw() >> 20,
          .cards = static_cast<std::int32_t>(task.lease.cards.size()),
          .cpus_a_task = cpus};
}

void add(Need& sum, const Need& task) {
  sum.cpus_a_task = sum.tasks == 0 || sum.cpus_a_task == task.cpus_a_task ? task.cpus_a_task : 0;
  sum.tasks += task.tasks;
  sum.cpus += task.cpus;
  sum.memory_mb += task.memory_mb;
  sum.cards += task.cards;
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

std::string script_of(const std::string& step, const std::string& verb) {
  // The kernel takes one word and one argument of a first line, and 255 bytes of it.
  constexpr std::size_t first_line_max = 255;
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '.' || c == '_' || c == '-';
  };
  if (std::ranges::all_of(step, plain) && step.size() + verb.size() + 3 <= first_line_max)
    return "#!" + step + " " + verb + "\n";
  return "#!/bin/sh\nexec " + quoted(step) + " " + verb + "\n";
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
               .script = script_of(step, "batch"),
               .folder = "/",
               .environment = {{"PATH", options.path}, {"MINGYUE_STEP_FOLDER", folder}},
               .components = {},
               .limit_min = (order.wall.raw() + beyond_wall_ms + minute_ms - 1) / minute_ms};
  if (const std::string mpi = mpi_of(order); !mpi.empty()) s.environment.emplace_back("MINGYUE_STEP_MPI", mpi);
  if (order.guest) {
    const Need first = need_of(order.tasks.front(), nodes);
    const auto count = static_cast<std::int32_t>(order.tasks.size());
    Component guest{.nodes = {}, .node_count = count == 1 ? 1 : 0, .tasks = count, .cpus_a_task = first.cpus};
    if (first.memory_mb > 0) guest.memory_mb_a_cpu = std::max<std::int64_t>(first.memory_mb / first.cpus, 1);
    if (first.cards > 0)
      guest.cards_a_task = gres_of(order.tasks.front().card_type, nodes) + ":" + std::to_string(first.cards);
    s.components.push_back(std::move(guest));
    s.environment.emplace_back("MINGYUE_STEP_SHAPES", "0:" + std::to_string(first.cpus));
    return s;
  }

  // Nodes in the order in which ranks come to them, with what they give.
  std::vector<std::pair<std::string, Need>> on_node;
  std::map<std::string_view, std::size_t> index;
  std::string card_type;
  for (const model::TaskOrder& task : order.tasks) {
    const auto [it, is_new] = index.emplace(task.node_name, on_node.size());
    if (is_new) on_node.emplace_back(task.node_name, Need{});
    add(on_node[it->second].second, need_of(task, nodes));
    if (!task.lease.cards.empty()) card_type = task.card_type;
  }
  std::vector<Need> shapes;
  for (const auto& [name, need] : on_node) {
    const auto at = static_cast<std::size_t>(std::ranges::find(shapes, need) - shapes.begin());
    if (at == shapes.size()) {
      shapes.push_back(need);
      s.components.emplace_back();
    }
    s.components[at].nodes.push_back(name);
  }
  std::string shapes_text;  // for the batch script: tasks on each node, and CPUs of each task
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Component& component = s.components[i];
    const Need& need = shapes[i];
    component.node_count = static_cast<std::int32_t>(component.nodes.size());
    component.tasks_a_node = need.cpus_a_task > 0 ? need.tasks : 1;
    component.cpus_a_task = need.cpus_a_task > 0 ? need.cpus_a_task : need.cpus;
    component.tasks = component.node_count * component.tasks_a_node;
    component.memory_mb_a_node = need.memory_mb;
    if (need.cards > 0) component.cards = gres_of(card_type, nodes) + ":" + std::to_string(need.cards);
    shapes_text += (i > 0 ? "," : "") + std::to_string(need.tasks) + ":" + std::to_string(need.cpus_a_task);
  }
  s.environment.emplace_back("MINGYUE_STEP_SHAPES", shapes_text);
  return s;
}

}  // namespace mingyue::engines::slurm
