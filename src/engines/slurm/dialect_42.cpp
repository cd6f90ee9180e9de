// v0.0.42, of Slurm 24.11: as v0.0.40, but the script is a member of the job, of the first one where there are several.

#include "engines/slurm/dialect_40.hpp"

namespace mingyue::engines::slurm {
namespace {

std::string submit_body(const Submission& s) {
  boost::json::array jobs;
  for (const Component& component : s.components) jobs.emplace_back(job_of_40(s, component));
  jobs.front().as_object()["script"] = s.script;
  boost::json::object body;
  if (jobs.size() == 1)
    body["job"] = std::move(jobs.front());
  else
    body["jobs"] = std::move(jobs);
  return boost::json::serialize(body);
}

}  // namespace

const Dialect dialect_42{.version = 42, .submit_body = submit_body};

}  // namespace mingyue::engines::slurm
