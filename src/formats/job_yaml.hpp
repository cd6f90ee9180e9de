#pragma once

#include <string>

#include "model/job.hpp"

namespace mingyue::formats {

/// A job as the document that gives it again (docs/formats/job.md), in YAML as a person would write it: read by
/// model::read_job with any defaults of the same user, it is the same JobSpec. What has its default everywhere is left
/// out; what depends on where and by whom it is read (project, partition, class, memory, on-exit) is always said.
///
/// The user is no field of a document: it is whoever submits it.
[[nodiscard]] std::string write_job_yaml(const model::JobSpec& spec);

}  // namespace mingyue::formats
