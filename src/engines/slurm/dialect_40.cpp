// v0.0.40, of Slurm 23.11: environment and node lists as arrays, numbers that say that they are set.

#include "engines/slurm/dialect_40.hpp"

namespace mingyue::engines::slurm {
namespace {

boost::json::object set(std::int64_t number) { return {{"set", true}, {"infinite", false}, {"number", number}}; }

std::string submit_body(const Submission& s) {
  boost::json::object body{{"script", s.script}};
  if (s.components.size() == 1) {
    body["job"] = job_of_40(s, s.components.front());
  } else {
    boost::json::array jobs;
    for (const Component& component : s.components) jobs.emplace_back(job_of_40(s, component));
    body["jobs"] = std::move(jobs);
  }
  return boost::json::serialize(body);
}

}  // namespace

boost::json::object job_of_40(const Submission& s, const Component& c) {
  boost::json::array environment;
  for (const auto& [name, value] : s.environment) environment.emplace_back(std::string(name).append("=").append(value));
  boost::json::object job{{"name", s.name},
                          {"partition", s.partition},
                          {"comment", s.comment},
                          {"current_working_directory", s.folder},
                          {"environment", std::move(environment)},
                          {"requeue", false},
                          {"standard_input", "/dev/null"},
                          {"standard_output", "/dev/null"},
                          {"standard_error", "/dev/null"},
                          {"tasks", c.tasks},
                          {"cpus_per_task", c.cpus_a_task},
                          {"time_limit", set(s.limit_min)}};
  if (c.tasks_a_node > 0) job["tasks_per_node"] = c.tasks_a_node;
  if (c.memory_mb_a_cpu > 0) job["memory_per_cpu"] = set(c.memory_mb_a_cpu);
  if (c.memory_mb_a_node > 0) job["memory_per_node"] = set(c.memory_mb_a_node);
  if (c.node_count > 0) {
    job["minimum_nodes"] = c.node_count;
    job["maximum_nodes"] = c.node_count;
  }
  if (!c.cards.empty()) job["tres_per_node"] = "gres/" + c.cards;
  if (!c.cards_a_task.empty()) job["tres_per_task"] = "gres/" + c.cards_a_task;
  if (!c.nodes.empty()) {
    boost::json::array list;
    for (const std::string& node : c.nodes) list.emplace_back(node);
    job["required_nodes"] = std::move(list);
  }
  return job;
}

const Dialect dialect_40{.version = 40, .submit_body = submit_body};

}  // namespace mingyue::engines::slurm
