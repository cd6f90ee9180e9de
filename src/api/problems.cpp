#include "api/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "formats/json.hpp"

namespace mingyue::api {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 23> statuses{{
    {"not-allowed", 403},    {"unknown-job", 404},         {"unknown-node", 404},
    {"unknown-token", 404},  {"unknown-incident", 404},    {"unknown-project", 404},
    {"unknown-user", 404},   {"unknown-reservation", 404}, {"unknown-qpu", 404},
    {"unknown-engine", 404}, {"no-counts", 404},           {"job-ended", 409},
    {"job-runs", 409},       {"token-exists", 409},        {"reservation-exists", 409},
    {"nodes-busy", 409},     {"nodes-reserved", 409},      {"node-in-use", 409},
    {"target-ended", 409},   {"not-started", 409},         {"no-terminal", 409},
    {"busy", 503},           {"log-stalled", 503},
}};

}  // namespace

http::Problem problem_of(Refusal refusal) {
  const auto* const found = std::ranges::find(statuses, refusal.code, &std::pair<std::string_view, int>::first);
  http::Problem problem{.status = found == statuses.end() ? 422 : found->second, .refusal = std::move(refusal)};
  if (problem.status == 503) problem.headers.add("Retry-After", "1");
  return problem;
}

http::Response problems_response(int status, const std::vector<Refusal>& refusals) {
  static const Refusal none{"refused", "", "refused", "", 0};
  http::Response response = http::problem_response(status, refusals.empty() ? none : refusals.front());
  const std::size_t end = response.body.rfind('}');
  if (refusals.empty() || end == std::string::npos) return response;
  response.body.insert(end, ",\"errors\":" + formats::write_json(refusals, formats::JsonStyle::api));
  return response;
}

http::Problem problem_of(const Fault& fault) {
  http::Problem problem{
      .status = 503, .refusal = {fault.code, "", fault.message, "an operator should look at the centre's own log", 0}};
  problem.headers.add("Retry-After", "5");
  return problem;
}

http::Problem no_token() {
  http::Problem problem{.status = 401,
                        .refusal = {"no-token", "Authorization", "this needs a token",
                                    "send Authorization: Bearer and the token's secret; an operator issues one", 0}};
  problem.headers.add("WWW-Authenticate", "Bearer realm=\"mingyue\"");
  return problem;
}

http::Problem wrong_token() {
  http::Problem problem{
      .status = 401,
      .refusal = {"wrong-token", "Authorization", "the centre does not know this token",
                  "it may have been revoked, or the centre has been started anew since; ask an operator", 0}};
  problem.headers.add("WWW-Authenticate", "Bearer realm=\"mingyue\", error=\"invalid_token\"");
  return problem;
}

http::Problem too_many_failures(int retry_after_s) {
  http::Problem problem{
      .status = 429,
      .refusal = {"too-many-failures", "Authorization", "too many wrong tokens came from this address",
                  fmt::format("try again in {} s; a right token is taken at once", retry_after_s), 0}};
  problem.headers.add("Retry-After", std::to_string(retry_after_s));
  return problem;
}

http::Problem role_not_allowed(std::string_view role, std::string_view who) {
  return {.status = 403,
          .refusal = {"not-allowed", "", fmt::format("the role {} may not do this", role),
                      fmt::format("allowed: {}", who), 0}};
}

http::Problem unknown_job(std::string_view id) {
  return {.status = 404,
          .refusal = {"unknown-job", "id", fmt::format("there is no job {}", shown(id)), "see: mingyue jobs --all", 0}};
}

http::Problem busy() {
  return problem_of(Refusal{"busy", "", "too many questions wait already", "try again in a moment", 0});
}

}  // namespace mingyue::api
