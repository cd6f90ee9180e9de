// v0.0.38, of Slurm 22.05: environment as an object, a list of nodes as one text, plain numbers.

#include <boost/json.hpp>

#include "engines/slurm/dialect.hpp"

namespace mingyue::engines::slurm {
namespace {

boost::json::object job_of(const Submission& s, const Component& c) {
  boost::json::object environment;
  for (const auto& [name, value] : s.environment) environment[name] = value;
  boost::json::object job{{"name", s.name},
                          {"partition", s.partition},
                          {"comment", s.comment},
                          {"current_working_directory", s.folder},
                          {"environment", std::move(environment)},
                          {"no_requeue", true},  // `requeue: false` is taken, and means true
                          {"standard_input", "/dev/null"},
                          {"standard_output", "/dev/null"},
                          {"standard_error", "/dev/null"},
                          {"tasks", c.tasks},
                          {"cpus_per_task", c.cpus_a_task},
                          {"time_limit", s.limit_min}};
  if (c.tasks_a_node > 0) job["tasks_per_node"] = c.tasks_a_node;
  if (c.memory_mb_a_cpu > 0) job["memory_per_cpu"] = c.memory_mb_a_cpu;
  if (c.memory_mb_a_node > 0) job["memory_per_node"] = c.memory_mb_a_node;
  if (c.node_count > 0) job["nodes"] = boost::json::array{c.node_count, c.node_count};
  if (!c.cards.empty()) job["gres"] = c.cards;
  if (c.cards_a_task.starts_with("gpu:")) {
    job["gpus_per_task"] = c.cards_a_task.substr(4);
  } else if (!c.cards_a_task.empty()) {
    // It knows GPUs alone by the task; of other cards, one task a node.
    job["gres"] = c.cards_a_task;
    job["tasks_per_node"] = 1;
  }
  if (!c.nodes.empty()) {
    std::string list;
    for (const std::string& node : c.nodes) list += (list.empty() ? "" : ",") + node;
    job["nodelist"] = list;
  }
  return job;
}

std::string submit_body(const Submission& s) {
  boost::json::object body{{"script", s.script}};
  if (s.components.size() == 1) {
    body["job"] = job_of(s, s.components.front());
  } else {
    boost::json::array jobs;
    for (const Component& component : s.components) jobs.emplace_back(job_of(s, component));
    body["jobs"] = std::move(jobs);
  }
  return boost::json::serialize(body);
}

}  // namespace

const Dialect dialect_38{.version = 38, .submit_body = submit_body};

}  // namespace mingyue::engines::slurm
