// v0.0.42, of Slurm 24.11: as v0.0.40, but the script is a member of the job.

#include <boost/json.hpp>

#include "engines/slurm/dialect_40.hpp"

namespace mingyue::engines::slurm {
namespace {

std::string submit_body(const Submission& s) {
  boost::json::object job = job_of_40(s);
  job["script"] = s.script;
  return boost::json::serialize(boost::json::object{{"job", std::move(job)}});
}

}  // namespace

const Dialect dialect_42{.version = 42, .submit_body = submit_body};

}  // namespace mingyue::engines::slurm
