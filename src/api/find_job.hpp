#pragma once

#include <memory>
#include <optional>

#include "api/parts.hpp"

namespace mingyue::api {

/// A job wherever it is: in the state while it lives, in the read tables afterwards.
struct FoundJob {
  ledger::JobRow row;
  bool is_live = false;
  std::optional<core::Attempt> attempt;  ///< in force
  std::shared_ptr<const model::Centre> centre;
};

/// The number in the path; a refusal names what is wrong with it.
[[nodiscard]] Expected<model::JobId, http::Problem> job_id_of(const Call& call);

/// Looks the path's job up and goes on, on a reader's thread; tells the client when there is none.
void find_job(Parts& parts, Call call, std::move_only_function<void(Call, FoundJob)> then);

/// Whether the caller is the job's owner, the lead of its project, or of a role that sees every job's output.
[[nodiscard]] bool may_read_output(const Caller& caller, const FoundJob& job);

}  // namespace mingyue::api
