#pragma once

#include <vector>

#include "api/parts.hpp"
#include "api/submission.hpp"

/// A job in the body of a request: what POST /v1/jobs and POST /v1/jobs/check have in common.
namespace mingyue::api {

[[nodiscard]] std::vector<Param> posted_params();
[[nodiscard]] std::vector<Content> posted_bodies();

/// The type of the body and the folder can be understood at all.
[[nodiscard]] Expected<void, http::Problem> check_posted(const Call& call);

/// Reads the body as the caller's job. The call has been checked.
[[nodiscard]] Expected<ReadDocument, std::vector<Refusal>> read_posted(const Call& call, const model::Centre& centre);

}  // namespace mingyue::api
