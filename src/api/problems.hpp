#pragma once

#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "http/problem.hpp"

/// Refusals and faults as answers of the API.
namespace mingyue::api {

/// The status under which a refusal of the core is told: 403 for rights, 404 for what the path names and is not there,
/// 409 for what has happened already, 503 where trying again helps, else 422.
[[nodiscard]] http::Problem problem_of(Refusal refusal);

/// A document with several faults: the first is told as any other, and `errors` lists all.
[[nodiscard]] http::Response problems_response(int status, const std::vector<Refusal>& refusals);

/// The read tables or the engine failed.
[[nodiscard]] http::Problem problem_of(const Fault& fault);

[[nodiscard]] http::Problem no_token();
[[nodiscard]] http::Problem wrong_token();
[[nodiscard]] http::Problem too_many_failures(int retry_after_s);
[[nodiscard]] http::Problem role_not_allowed(std::string_view role, std::string_view who);
[[nodiscard]] http::Problem unknown_job(std::string_view id);
[[nodiscard]] http::Problem busy();

}  // namespace mingyue::api
