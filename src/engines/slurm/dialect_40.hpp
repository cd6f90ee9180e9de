#pragma once

#include <boost/json.hpp>

#include "engines/slurm/dialect.hpp"

namespace mingyue::engines::slurm {

/// A job's description as v0.0.40 and its successors have it.
[[nodiscard]] boost::json::object job_of_40(const Submission& submission, const Component& component);

}  // namespace mingyue::engines::slurm
