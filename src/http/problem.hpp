#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "http/message.hpp"

/// The answer is no, as a document (RFC 9457, `application/problem+json`):
///
///   {"type": "urn:mingyue:problem:unknown-partition", "title": "Not Found", "status": 404,
///    "code": "unknown-partition", "detail": "…", "field": "parts[0]", "hint": "…", "line": 12}
///
/// `field`, `hint` and `line` are left out when they say nothing.
namespace mingyue::http {

/// A refusal with the status it is told under.
struct Problem {
  int status = 400;
  Refusal refusal;
  Fields headers;  ///< `Allow`, `Retry-After`
  friend bool operator==(const Problem&, const Problem&) = default;
};

[[nodiscard]] Response problem_response(int status, const Refusal& refusal);
[[nodiscard]] Response problem_response(const Problem& problem);

/// `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD, so the document is always valid.
[[nodiscard]] std::string json_string(std::string_view text);

/// What the server itself refuses, in the order of the statuses. Each says what to do next.
namespace problems {
[[nodiscard]] Problem malformed(std::string field, std::string message, std::string hint);                    // 400
[[nodiscard]] Problem bad_path(std::string message);                                                          // 400
[[nodiscard]] Problem origin_not_allowed(std::string_view origin);                                            // 403
[[nodiscard]] Problem unknown_path(std::string_view path);                                                    // 404
[[nodiscard]] Problem method_not_allowed(std::string_view method, std::string_view path, std::string allow);  // 405
[[nodiscard]] Problem too_slow(std::string_view what);                                                        // 408
[[nodiscard]] Problem length_required();                                                                      // 411
[[nodiscard]] Problem body_too_large(std::size_t bytes_max);                                                  // 413
[[nodiscard]] Problem target_too_long(std::size_t bytes_max);                                                 // 414
[[nodiscard]] Problem expectation_failed(std::string_view expectation);                                       // 417
[[nodiscard]] Problem host_not_allowed(std::string_view host);                                                // 421
[[nodiscard]] Problem head_too_large(std::size_t bytes_max);                                                  // 431
[[nodiscard]] Problem unanswered();                                                                           // 500
[[nodiscard]] Problem not_implemented(std::string message, std::string hint);                                 // 501
[[nodiscard]] Problem overloaded(std::string message);                                                        // 503
[[nodiscard]] Problem late();                                                                                 // 504
[[nodiscard]] Problem version_not_supported(std::string_view version);                                        // 505
}  // namespace problems

}  // namespace mingyue::http
