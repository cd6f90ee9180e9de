#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"

/// What a request asks for: the path in segments and the query in pairs, percent-decoded exactly once.
///
/// A path that would mean different things to different readers is refused: `.` and `..`, empty segments, encoded
/// slashes and backslashes, control bytes, bytes that are not UTF-8.
namespace mingyue::http {

struct Target {
  std::vector<std::string> segments;  ///< `/v1/jobs/4711` → v1, jobs, 4711; `/` has none
  bool ends_in_slash = false;         ///< `/console/`; not set for `/`
  Fields query;

  [[nodiscard]] std::string path() const;
};

/// `text` is in origin form: it begins with a slash.
[[nodiscard]] Expected<Target, Problem> parse_target(std::string_view text);

}  // namespace mingyue::http
