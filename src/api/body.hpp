#pragma once

#include "api/parts.hpp"
#include "formats/json_read.hpp"
#include "formats/parse.hpp"

namespace mingyue::api {

/// Reads a request's JSON body. No body is an empty object; unknown fields are refused.
template <class T>
[[nodiscard]] Expected<T, http::Problem> read_body(const Call& call) {
  if (call.request.body.empty()) return T{};
  auto tree = formats::parse_json(call.request.body);
  if (!tree) return Unexpected<http::Problem>(http::Problem{.status = 400, .refusal = std::move(tree).error()});
  auto body = formats::read_json<T>(*tree);
  if (!body) return Unexpected<http::Problem>(http::Problem{.status = 422, .refusal = std::move(body).error()});
  return std::move(*body);
}

}  // namespace mingyue::api
