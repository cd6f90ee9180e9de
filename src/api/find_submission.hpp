#pragma once

#include <optional>

#include "base/expected.hpp"
#include "model/job.hpp"
#include "ports/log_store.hpp"

namespace mingyue::api {

/// What a job was submitted as, from the log: the state forgets a job that has ended, and the read tables keep only
/// what lists show. Records are in the order of time, so the one of `submitted_at` is found by bisection: O(log n)
/// reads of one record, then those of that millisecond. `head` is the newest durable record. Of an element of an array
/// it is the whole array's. None: the log holds no such submission at that time.
[[nodiscard]] Expected<std::optional<model::JobSpec>, Fault> find_submission(const ports::LogStore& log,
                                                                             std::uint64_t head, model::JobId job,
                                                                             Instant submitted_at);

}  // namespace mingyue::api
