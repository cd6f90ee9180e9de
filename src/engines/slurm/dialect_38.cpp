// v0.0.38, of Slurm 22.05: environment as an object, a list of nodes as one text, plain numbers.

#include <boost/json.hpp>

#include "engines/slurm/dialect.hpp"

namespace mingyue::engines::slurm {
namespace {

std::string submit_body(const Submission& s) {
  boost::json::object environment;
  for (const auto& [name, value] : s.environment) environment[name] = value;
  boost::json::object job{{"name", s.name},
                          {"partition", s.partition},
                          {"comment", s.comment},
                          {"current_working_directory", s.folder},
                          {"environment", std::move(environment)},
                          {"requeue", false},
                          {"standard_input", "/dev/null"},
                          {"standard_output", "/dev/null"},
                          {"standard_error", "/dev/null"},
                          {"tasks", s.tasks},
                          {"cpus_per_task", s.cpus_a_task},
                          {"time_limit", s.limit_min}};
  if (s.memory_mb_a_cpu > 0) job["memory_per_cpu"] = s.memory_mb_a_cpu;
  if (s.memory_mb_a_node > 0) job["memory_per_node"] = s.memory_mb_a_node;
  if (s.node_count > 0) job["nodes"] = boost::json::array{s.node_count, s.node_count};
  if (!s.cards.empty()) job["gres"] = s.cards;
  if (s.cards_a_task.starts_with("gpu:")) {
    job["gpus_per_task"] = s.cards_a_task.substr(4);
  } else if (!s.cards_a_task.empty()) {
    // It knows GPUs alone by the task; of other cards, one task a node.
    job["gres"] = s.cards_a_task;
    job["tasks_per_node"] = 1;
  }
  if (!s.nodes.empty()) {
    std::string list;
    for (const std::string& node : s.nodes) list += (list.empty() ? "" : ",") + node;
    job["nodelist"] = list;
    if (s.nodes.size() > 1) job["distribution"] = "arbitrary";
  }
  return boost::json::serialize(boost::json::object{{"script", s.script}, {"job", std::move(job)}});
}

}  // namespace

const Dialect dialect_38{.version = 38, .submit_body = submit_body};

}  // namespace mingyue::engines::slurm
