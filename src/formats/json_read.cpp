#include "formats/json_read.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace mingyue::formats::detail {

std::string below(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

Refusal wrong_kind(const Tree& tree, const std::string& path, std::string_view wanted) {
  return {"bad-value", path,
          fmt::format("{} is {}, it should be {}", path.empty() ? "the document" : path, describe(tree), wanted), "",
          tree.line};
}

Refusal unknown_field(const Tree::Field& field, const std::string& path, const std::vector<std::string>& known) {
  const std::string near = nearest_word(field.name, known);
  return {"unknown-field", below(path, shown(field.name)), fmt::format("there is no field \"{}\"", shown(field.name)),
          near.empty() ? "known are " + one_of(known) : fmt::format("did you mean \"{}\"?", near), field.line};
}

Refusal at_path(Refusal refusal, const Tree& tree, const std::string& path) {
  refusal.field = path;
  refusal.line = tree.line;
  return refusal;
}

Expected<double> parse_real(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(number)) return number;
  return refuse("bad-value", "", fmt::format("\"{}\" is no number", shown(text)), "write a number");
}

Expected<std::uint64_t> parse_unsigned(std::string_view text, std::uint64_t max) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number <= max) return number;
  return refuse("bad-value", "", fmt::format("\"{}\" is no number from 0 to {}", shown(text), max),
                fmt::format("write a number from 0 to {}", max));
}

Expected<model::AttemptId> parse_attempt(std::string_view text) {
  const auto point = text.find('.');
  const auto job = parse_unsigned(text.substr(0, point), UINT64_MAX);
  const auto number = point == std::string_view::npos ? Expected<std::int64_t>(refuse("", "", ""))
                                                      : parse_integer(text.substr(point + 1), 1, INT32_MAX);
  if (job && number) return model::AttemptId{model::JobId(*job), static_cast<std::int32_t>(*number)};
  return refuse("bad-value", "", fmt::format("\"{}\" is no attempt", shown(text)), "write JOB.NUMBER, like 4711.2");
}

}  // namespace mingyue::formats::detail
