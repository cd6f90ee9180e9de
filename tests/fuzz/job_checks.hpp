#pragma once

#include "fuzz.hpp"
#include "model/centre_document.hpp"
#include "model/environment.hpp"
#include "model/job_document.hpp"

/// What holds for every job that was read, from whatever notation.
namespace mingyue::fuzz {

inline model::JobDefaults some_defaults() {
  model::JobDefaults defaults;
  defaults.user = "ada";
  defaults.project = "default";
  defaults.partition = "main";
  return defaults;
}

inline void check_job(const model::JobSpec& job) {
  promise(is_name(job.name), "a job has a name", job.name);
  promise(job.wall > Duration{} && job.wall <= duration_max, "a job has a wall limit");
  promise(!job.parts.empty() && job.tasks() >= 1 && job.tasks() <= model::tasks_max, "a job has tasks, not too many");
  promise(job.indices.size() <= static_cast<std::size_t>(model::array_elements_max), "an array is bounded");
  promise(job.workdir.find("..") == std::string::npos || job.workdir.find("/../") == std::string::npos, "no way up",
          job.workdir);
  for (const model::Part& part : job.parts) {
    promise(part.script.empty() != part.command.empty(), "a part has a script or a command");
    promise(part.need.cores >= CoreCount{1} && part.need.memory > Bytes{} && part.need.cards >= CardCount{},
            "a task needs something");
  }
  check_json(job);
  static const model::Centre centre = model::describe_machine({"moon", CoreCount(8), Bytes(32LL << 30), {}, "ada"});
  const auto misfits = model::validate(job, centre);
  for (const Refusal& refusal : misfits) check_refusal(refusal, "");
  if (job.tasks() > 100) return;
  model::AttemptFacts facts;
  facts.job = model::JobId(12);
  facts.places.resize(static_cast<std::size_t>(job.tasks()), model::TaskPlace{"moon", {}, "CUDA_VISIBLE_DEVICES"});
  for (const model::Environment& environment : model::task_environments(job, facts)) {
    for (std::size_t i = 1; i < environment.size(); ++i)
      promise(environment[i - 1].first < environment[i].first, "an environment is in order");
  }
  const std::string output = model::expand_output_pattern(job.output, job, facts);
  promise(!output.starts_with('/'), "output stays below workdir", output);
}

}  // namespace mingyue::fuzz
