#include "http/problem.hpp"

#include <fmt/format.h>

#include "http/text.hpp"

namespace mingyue::http {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\\ufffd";
    } else if (length > 1) {
      out += text.substr(0, length);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (is_control(c)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
  return out;
}

Response problem_response(int status, const Refusal& refusal) {
  std::string body = fmt::format(R"({{"type":{},"title":{},"status":{},"code":{},"detail":{})",
                                 json_string("urn:mingyue:problem:" + refusal.code), json_string(reason_phrase(status)),
                                 status, json_string(refusal.code), json_string(refusal.message));
  if (!refusal.field.empty()) body += ",\"field\":" + json_string(refusal.field);
  if (!refusal.hint.empty()) body += ",\"hint\":" + json_string(refusal.hint);
  if (refusal.line > 0) body += fmt::format(",\"line\":{}", refusal.line);
  body += "}\n";
  return {.status = status, .content_type = "application/problem+json", .body = std::move(body)};
}

Response problem_response(const Problem& problem) {
  Response response = problem_response(problem.status, problem.refusal);
  response.headers = problem.headers;
  return response;
}

namespace problems {
namespace {

Problem make(int status, std::string code, std::string field, std::string message, std::string hint) {
  return {.status = status, .refusal = {std::move(code), std::move(field), std::move(message), std::move(hint)}};
}

/// Enough of what the client sent to recognise it, and no more.
std::string_view excerpt(std::string_view text) { return text.substr(0, 120); }

}  // namespace

Problem malformed(std::string field, std::string message, std::string hint) {
  return make(400, "malformed-request", std::move(field), std::move(message), std::move(hint));
}

Problem bad_path(std::string message) {
  return make(400, "malformed-path", "path", std::move(message),
              "write the path plainly, as in /v1/jobs/4711, and percent-encode what is not a letter or digit");
}

Problem origin_not_allowed(std::string_view origin) {
  return make(403, "origin-not-allowed", "origin",
              fmt::format("a page from \"{}\" may not act on this server", excerpt(origin)),
              "open the console from this server's own address, or use the command line");
}

Problem unknown_path(std::string_view path) {
  return make(404, "unknown-path", "path", fmt::format("there is nothing at {}", excerpt(path)),
              "check the spelling and leave no slash at the end");
}

Problem method_not_allowed(std::string_view method, std::string_view path, std::string allow) {
  Problem problem = make(405, "method-not-allowed", "method",
                         fmt::format("{} does not answer {}", excerpt(path), excerpt(method)), "use " + allow);
  problem.headers.add("allow", std::move(allow));
  return problem;
}

Problem too_slow(std::string_view what) {
  return make(408, "request-too-slow", "", fmt::format("{} came too slowly", what),
              "send the request again, in one go");
}

Problem length_required() {
  return make(411, "length-required", "content-length", "this request needs a body, and none was announced",
              "send a Content-Length or a chunked body");
}

Problem body_too_large(std::size_t bytes_max) {
  return make(413, "body-too-large", "body", fmt::format("the body is larger than {} bytes", bytes_max),
              "send less at once; data sets and outputs travel as files, not in requests");
}

Problem target_too_long(std::size_t bytes_max) {
  return make(414, "target-too-long", "path", fmt::format("path and query are longer than {} bytes", bytes_max),
              "ask for fewer things at once");
}

Problem expectation_failed(std::string_view expectation) {
  return make(417, "expectation-failed", "expect", fmt::format("cannot meet Expect: {}", excerpt(expectation)),
              "the only expectation understood is 100-continue");
}

Problem host_not_allowed(std::string_view host) {
  return make(421, "host-not-allowed", "host",
              fmt::format("this server does not answer to the name \"{}\"", excerpt(host)),
              "use localhost or the address itself, or add the name to the server's allowed hosts");
}

Problem head_too_large(std::size_t bytes_max) {
  return make(431, "header-too-large", "headers", fmt::format("request line and headers exceed {} bytes", bytes_max),
              "send fewer or shorter headers; cookies are not needed here");
}

Problem unanswered() {
  return make(500, "unanswered", "", "the server lost this request without an answer",
              "this is a bug: please report it; asking again is safe with the same idempotency key");
}

Problem not_implemented(std::string message, std::string hint) {
  return make(501, "not-implemented", "", std::move(message), std::move(hint));
}

Problem overloaded(std::string message) {
  Problem problem = make(503, "overloaded", "", std::move(message), "try again in a few seconds");
  problem.headers.add("retry-after", "5");
  return problem;
}

Problem late() {
  return make(504, "answer-too-late", "", "the answer was not ready in time",
              "ask again; a write is safe to repeat with the same idempotency key");
}

Problem version_not_supported(std::string_view version) {
  return make(505, "version-not-supported", "", fmt::format("cannot speak \"{}\"", excerpt(version)), "use HTTP/1.1");
}

}  // namespace problems
}  // namespace mingyue::http
