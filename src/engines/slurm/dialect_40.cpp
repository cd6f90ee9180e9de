// v0.0.40, of Slurm 23.11: environment and node lists as arrays, numbers that say that they are set.

#include "engines/slurm/dialect_40.hpp"

#include <boost/json.hpp>

#include "engines/slurm/dialect.hpp"

namespace mingyue::engines::slurm {
namespace {

boost::json::object set(std::int64_t number) { return {{"set", true}, {"infinite", false}, {"number", number}}; }

std::string submit_body(const Submission& s) {
  return boost::json::serialize(boost::json::object{{"script", s.script}, {"job", job_of_40(s)}});
}

}  // namespace

boost::json::object job_of_40(const Submission& s) {
  boost::json::array environment;
  for (const auto& [name, value] : s.environment) environment.emplace_back(name + "=" + value);
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
                          {"time_limit", set(s.limit_min)}};
  if (s.memory_mb_a_cpu > 0) job["memory_per_cpu"] = set(s.memory_mb_a_cpu);
  if (s.memory_mb_a_node > 0) job["memory_per_node"] = set(s.memory_mb_a_node);
  if (s.node_count > 0) {
    job["minimum_nodes"] = s.node_count;
    job["maximum_nodes"] = s.node_count;
  }
  if (!s.cards.empty()) job["tres_per_node"] = "gres/" + s.cards;
  if (!s.cards_a_task.empty()) job["tres_per_task"] = "gres/" + s.cards_a_task;
  if (!s.nodes.empty()) {
    boost::json::array list;
    for (const std::string& node : s.nodes) list.emplace_back(node);
    job["required_nodes"] = std::move(list);
    if (s.nodes.size() > 1) job["distribution"] = "arbitrary";
  }
  return job;
}

const Dialect dialect_40{.version = 40, .submit_body = submit_body};

}  // namespace mingyue::engines::slurm
