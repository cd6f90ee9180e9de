#include "http/target.hpp"

#include <algorithm>
#include <optional>

#include "http/text.hpp"

namespace mingyue::http {
namespace {

constexpr std::size_t query_pairs_max = 200;

enum class Plus { IsPlus, IsSpace };

/// Decodes %41 once; nothing when an escape is broken.
std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '+' && plus == Plus::IsSpace) {
      out += ' ';
    } else if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += c;
    }
  }
  return out;
}

using Refused = std::unexpected<Problem>;

Expected<std::string, Problem> read_segment(std::string_view text) {
  const std::optional<std::string> segment = percent_decode(text, Plus::IsPlus);
  if (!segment) return Refused(problems::bad_path("a percent sign is not followed by two hexadecimal digits"));
  if (segment->empty()) return Refused(problems::bad_path("the path has two slashes in a row"));
  if (*segment == "." || *segment == "..") return Refused(problems::bad_path("the path has a step \".\" or \"..\""));
  if (segment->find_first_of("/\\") != std::string::npos) {
    return Refused(problems::bad_path("the path has a slash or backslash inside a segment"));
  }
  if (std::ranges::any_of(*segment, is_control)) return Refused(problems::bad_path("the path has control characters"));
  if (!is_utf8(*segment)) return Refused(problems::bad_path("the path is not UTF-8"));
  return *segment;
}

Expected<Fields, Problem> read_query(std::string_view text) {
  const auto refused = [](std::string message) {
    return Refused(problems::malformed("query", std::move(message), "write the query as ?name=value&name=value"));
  };
  Fields query;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::optional<std::string> name = percent_decode(pair.substr(0, equals), Plus::IsSpace);
    std::optional<std::string> value =
        percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), Plus::IsSpace);
    if (!name || !value) return refused("a percent sign is not followed by two hexadecimal digits");
    if (std::ranges::any_of(*name, is_control) || std::ranges::any_of(*value, is_control)) {
      return refused("the query has control characters");
    }
    if (!is_utf8(*name) || !is_utf8(*value)) return refused("the query is not UTF-8");
    if (query.size() == query_pairs_max) return refused("the query has too many parameters");
    query.add(std::move(*name), std::move(*value));
  }
  return query;
}

}  // namespace

std::string Target::path() const {
  std::string out;
  for (const std::string& segment : segments) {
    out += '/';
    out += segment;
  }
  if (ends_in_slash || segments.empty()) out += '/';
  return out;
}

Expected<Target, Problem> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return Refused(problems::bad_path("the path does not begin with a slash"));
  const std::size_t question = text.find('?');
  std::string_view path = text.substr(1, question == std::string_view::npos ? question : question - 1);
  Target target;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    TRY(segment, read_segment(path.substr(0, slash)));
    target.segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    target.ends_in_slash = path.empty();
  }
  if (question != std::string_view::npos) {
    TRY(query, read_query(text.substr(question + 1)));
    target.query = std::move(query);
  }
  return target;
}

}  // namespace mingyue::http
