#include "model/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/invariant.hpp"
#include "base/units.hpp"

namespace mingyue::model {
namespace {

// One variable may take 128 KiB in Linux (MAX_ARG_STRLEN), all together a quarter of the stack's limit. A gang of
// 10,000 tasks has names for 100 KiB: such a list is left out, SLURM_JOB_NODELIST says the same in fewer bytes.
constexpr std::size_t list_bytes_max = 32 << 10;

using Variables = std::map<std::string, std::string>;

/// What a node is to the job, in the order in which ranks reach the nodes.
struct NodeShare {
  std::string name;
  std::int32_t tasks = 0;
  std::int64_t cores = 0;
  std::int64_t memory_mb = 0;
  std::int64_t cards = 0;
  std::set<std::int32_t> card_indices;
};

/// Which part a task is of, and its place on its node.
struct TaskRole {
  std::size_t part = 0;
  std::int32_t part_task = 0;
  std::int32_t node = 0;
  std::int32_t local = 0;
};

struct Layout {
  std::vector<NodeShare> nodes;
  std::vector<TaskRole> roles;
};

Layout layout_of(const JobSpec& job, const AttemptFacts& facts) {
  Layout layout;
  std::map<std::string_view, std::int32_t> seen;
  std::size_t rank = 0;
  for (std::size_t part = 0; part < job.parts.size(); ++part) {
    const std::int32_t tasks = job.tasks_of(job.parts[part], static_cast<std::int32_t>(facts.places.size()));
    for (std::int32_t task = 0; task < tasks; ++task, ++rank) {
      const TaskPlace& place = facts.places[rank];
      const auto [at, is_new] = seen.emplace(place.node_name, static_cast<std::int32_t>(layout.nodes.size()));
      if (is_new) layout.nodes.push_back({place.node_name});
      NodeShare& node = layout.nodes[static_cast<std::size_t>(at->second)];
      layout.roles.push_back({part, task, at->second, node.tasks++});
      node.cores += static_cast<std::int64_t>(place.lease.cores.size());
      node.memory_mb += place.lease.memory.raw() >> 20;
      node.cards += static_cast<std::int64_t>(place.lease.cards.size());
      node.card_indices.insert(place.lease.cards.begin(), place.lease.cards.end());
    }
  }
  return layout;
}

std::string joined(const auto& numbers) { return fmt::format("{}", fmt::join(numbers, ",")); }

/// Slurm's `2(x3),1`: a value for each node, repetitions drawn together.
std::string repeated(const std::vector<NodeShare>& nodes, auto value_of) {
  std::string out;
  for (std::size_t i = 0; i < nodes.size();) {
    std::size_t same = i;
    while (same < nodes.size() && value_of(nodes[same]) == value_of(nodes[i])) ++same;
    out += fmt::format("{}{}", out.empty() ? "" : ",", value_of(nodes[i]));
    if (same - i > 1) out += fmt::format("(x{})", same - i);
    i = same;
  }
  return out;
}

/// What all tasks of the attempt share, by our names and by Slurm's.
void add_job(Variables& ours, Variables& slurm, const JobSpec& job, const AttemptFacts& facts, const Layout& layout) {
  const std::string id = fmt::to_string(facts.job.raw());
  ours["MINGYUE_JOB_ID"] = id;
  ours["MINGYUE_ATTEMPT"] = fmt::to_string(facts.attempt);
  ours["MINGYUE_JOB_NAME"] = job.name;
  ours["MINGYUE_PROJECT"] = job.project;
  ours["MINGYUE_PARTITION"] = job.partition;
  ours["MINGYUE_TASKS"] = fmt::to_string(facts.places.size());
  ours["MINGYUE_CHECKPOINT_LAST"] = facts.checkpoint_last;

  std::string all_names;
  std::vector<std::string> names;
  for (const TaskPlace& place : facts.places) {
    if (all_names.size() > list_bytes_max) break;
    all_names += (all_names.empty() ? "" : ",") + place.node_name;
  }
  if (all_names.size() <= list_bytes_max) ours["MINGYUE_NODES"] = all_names;
  for (const NodeShare& node : layout.nodes) names.push_back(node.name);
  const std::string node_list = compact_names(names);

  // SLURM_STEP_ID and its kin stay unset: an MPI library takes them for "started by srun" and asks a daemon that is not
  // there for its peers.
  for (const char* name : {"SLURM_JOB_ID", "SLURM_JOBID"}) slurm[name] = id;
  slurm["SLURM_JOB_NAME"] = job.name;
  slurm["SLURM_JOB_PARTITION"] = job.partition;
  slurm["SLURM_JOB_ACCOUNT"] = job.project;
  slurm["SLURM_JOB_QOS"] = job.priority_class;
  slurm["SLURM_JOB_USER"] = job.user;
  slurm["SLURM_CLUSTER_NAME"] = facts.centre_name;
  for (const char* name : {"SLURM_NTASKS", "SLURM_NPROCS"}) slurm[name] = fmt::to_string(facts.places.size());
  for (const char* name : {"SLURM_NNODES", "SLURM_JOB_NUM_NODES"}) slurm[name] = fmt::to_string(names.size());
  if (node_list.size() <= list_bytes_max) {
    for (const char* name : {"SLURM_NODELIST", "SLURM_JOB_NODELIST"}) slurm[name] = node_list;
  }
  slurm["SLURM_TASKS_PER_NODE"] = repeated(layout.nodes, [](const NodeShare& node) { return node.tasks; });
  slurm["SLURM_JOB_CPUS_PER_NODE"] = repeated(layout.nodes, [](const NodeShare& node) { return node.cores; });
  slurm["SLURM_RESTART_COUNT"] = fmt::to_string(facts.attempt - 1);
  if (!job.workdir.empty()) slurm["SLURM_SUBMIT_DIR"] = job.workdir;

  if (facts.array == JobId{}) return;
  ours["MINGYUE_ARRAY_ID"] = fmt::to_string(facts.array.raw());
  ours["MINGYUE_ARRAY_INDEX"] = fmt::to_string(facts.index);
  slurm["SLURM_ARRAY_JOB_ID"] = fmt::to_string(facts.array.raw());
  slurm["SLURM_ARRAY_TASK_ID"] = fmt::to_string(facts.index);
  if (job.indices.empty()) return;
  slurm["SLURM_ARRAY_TASK_COUNT"] = fmt::to_string(job.indices.size());
  slurm["SLURM_ARRAY_TASK_MIN"] = fmt::to_string(job.indices.front());
  slurm["SLURM_ARRAY_TASK_MAX"] = fmt::to_string(job.indices.back());
  const std::int32_t step = job.indices.size() > 1 ? job.indices[1] - job.indices[0] : 1;
  slurm["SLURM_ARRAY_TASK_STEP"] = fmt::to_string(step);
}

/// What this task alone has.
void add_task(Variables& ours, Variables& slurm, const JobSpec& job, const AttemptFacts& facts, const Layout& layout,
              std::size_t rank) {
  const TaskRole& role = layout.roles[rank];
  const TaskPlace& place = facts.places[rank];
  const NodeShare& node = layout.nodes[static_cast<std::size_t>(role.node)];
  const Part& part = job.parts[role.part];
  const auto cores = place.lease.cores.size();
  ours["MINGYUE_TASK"] = fmt::to_string(rank);
  ours["MINGYUE_PART"] = part.name;
  ours["MINGYUE_PART_TASK"] = fmt::to_string(role.part_task);
  ours["MINGYUE_CORES"] = fmt::to_string(cores);
  ours["MINGYUE_MEMORY_MB"] = fmt::to_string(place.lease.memory.raw() >> 20);
  ours["MINGYUE_CARDS"] = fmt::to_string(place.lease.cards.size());
  if (!place.visible_variable.empty()) ours[place.visible_variable] = joined(place.lease.cards);
  if (job.tasks() > 1) {  // an elastic job reads them also where it has one task this time
    ours["RANK"] = fmt::to_string(rank);
    ours["LOCAL_RANK"] = fmt::to_string(role.local);
    ours["WORLD_SIZE"] = fmt::to_string(facts.places.size());
    ours["LOCAL_WORLD_SIZE"] = fmt::to_string(node.tasks);
    ours["NODE_RANK"] = fmt::to_string(role.node);
  }
  slurm["SLURM_PROCID"] = fmt::to_string(rank);
  slurm["SLURM_LOCALID"] = fmt::to_string(role.local);
  slurm["SLURM_NODEID"] = fmt::to_string(role.node);
  slurm["SLURMD_NODENAME"] = node.name;
  slurm["SLURM_CPUS_PER_TASK"] = fmt::to_string(cores);
  slurm["SLURM_CPUS_ON_NODE"] = fmt::to_string(node.cores);
  slurm["SLURM_MEM_PER_NODE"] = fmt::to_string(node.memory_mb);
  if (node.cards > 0) {
    slurm["SLURM_GPUS_ON_NODE"] = fmt::to_string(node.cards);
    slurm["SLURM_JOB_GPUS"] = joined(node.card_indices);
  }
  slurm["OMP_NUM_THREADS"] = fmt::to_string(cores);
}

struct Shared {
  Layout layout;
  Variables ours;
  Variables slurm;
};

Shared shared_of(const JobSpec& job, const AttemptFacts& facts) {
  const auto tasks = static_cast<std::int32_t>(facts.places.size());
  INVARIANT(job.tasks_least() <= tasks && tasks <= job.tasks(), "{} places for {} to {} tasks", tasks,
            job.tasks_least(), job.tasks());
  Shared shared{layout_of(job, facts), {}, {}};
  add_job(shared.ours, shared.slurm, job, facts, shared.layout);
  return shared;
}

Environment of_task(const JobSpec& job, const AttemptFacts& facts, const Shared& shared, std::size_t rank) {
  Variables ours = shared.ours;
  Variables merged = shared.slurm;
  add_task(ours, merged, job, facts, shared.layout, rank);
  const Part& part = job.parts[shared.layout.roles[rank].part];
  if (part.qpu.written()) ours[qpu_variable] = std::to_string(part.qpu->qubits);
  for (const auto& [name, value] : part.environment) merged[name] = value;
  for (auto& [name, value] : ours) merged[name] = std::move(value);
  return Environment(merged.begin(), merged.end());
}

/// `node007` is `node` and `007`.
std::size_t digits_at_end(std::string_view name) {
  const auto last = name.find_last_not_of("0123456789");
  const std::size_t digits = last == std::string_view::npos ? name.size() : name.size() - last - 1;
  return std::min<std::size_t>(digits, 9);
}

}  // namespace

std::vector<Environment> task_environments(const JobSpec& job, const AttemptFacts& facts) {
  const Shared shared = shared_of(job, facts);
  std::vector<Environment> environments;
  environments.reserve(facts.places.size());
  for (std::size_t rank = 0; rank < facts.places.size(); ++rank)
    environments.push_back(of_task(job, facts, shared, rank));
  return environments;
}

Environment task_environment(const JobSpec& job, const AttemptFacts& facts, std::int32_t rank) {
  INVARIANT(rank >= 0 && static_cast<std::size_t>(rank) < facts.places.size(), "rank {} of {}", rank,
            facts.places.size());
  return of_task(job, facts, shared_of(job, facts), static_cast<std::size_t>(rank));
}

std::string expand_output_pattern(std::string_view pattern, const JobSpec& job, const AttemptFacts& facts) {
  const bool of_array = facts.array != JobId{};
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    switch (const char letter = pattern[++i]) {
      case 'j':
        out += fmt::to_string(facts.job.raw());
        break;
      case 'A':
        out += fmt::to_string(of_array ? facts.array.raw() : facts.job.raw());
        break;
      case 'a':
        out += fmt::to_string(of_array ? facts.index : 0);
        break;
      case 'x':
        out += job.name;
        break;
      case 'u':
        out += job.user;
        break;
      default:
        out += fmt::format("%{}", letter);
    }
  }
  return out;
}

std::string compact_names(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size();) {
    const std::size_t digits = digits_at_end(names[i]);
    const std::string_view prefix = std::string_view(names[i]).substr(0, names[i].size() - digits);
    // All names that follow with the same prefix and width belong into one pair of brackets.
    std::vector<std::int64_t> numbers;
    std::size_t next = i;
    for (; digits > 0 && next < names.size(); ++next) {
      const std::string& name = names[next];
      if (digits_at_end(name) != digits || name.size() != names[i].size() || !name.starts_with(prefix)) break;
      const auto number = parse_integer(std::string_view(name).substr(prefix.size()), 0, 999'999'999);
      if (!number) break;
      numbers.push_back(*number);
    }
    if (!out.empty()) out += ',';
    if (numbers.size() < 2) {
      out += names[i++];
      continue;
    }
    out += fmt::format("{}[", prefix);
    for (std::size_t k = 0; k < numbers.size();) {
      std::size_t end = k;
      while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
      out += fmt::format("{}{:0{}}", k == 0 ? "" : ",", numbers[k], digits);
      if (end > k) out += fmt::format("-{:0{}}", numbers[end], digits);
      k = end + 1;
    }
    out += ']';
    i = next;
  }
  return out;
}

}  // namespace mingyue::model
