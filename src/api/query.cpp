#include "api/query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/units.hpp"

namespace mingyue::api {
namespace {

constexpr std::size_t list_max = 1'000;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> items;
  while (true) {
    const std::size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

Unexpected<Refusal> bad(const Param& param, std::string message, std::string hint) {
  return refuse("bad-parameter", param.name, std::move(message), std::move(hint));
}

Expected<void> check(const Param& param, const std::string& value) {
  switch (param.kind) {
    case Param::Kind::text:
      return {};
    case Param::Kind::word: {
      if (std::ranges::find(param.words, value) != param.words.end()) return {};
      const std::string nearest = nearest_word(value, param.words);
      return bad(param, fmt::format("{}: \"{}\" is not known", param.name, shown(value)),
                 nearest.empty() ? "use " + one_of(param.words) : fmt::format("did you mean {}?", nearest));
    }
    case Param::Kind::number: {
      const auto number = parse_integer(value, param.min, param.max);
      if (number) return {};
      const std::string range = param.max == INT64_MAX
                                    ? fmt::format("a whole number from {}", param.min)
                                    : fmt::format("a whole number from {} to {}", param.min, param.max);
      return bad(param, fmt::format("{}: \"{}\" is not {}", param.name, shown(value), range), "give " + range);
    }
    case Param::Kind::flag:
      if (value == "true" || value == "false") return {};
      return bad(param, fmt::format("{}: \"{}\" is neither true nor false", param.name, shown(value)),
                 "write true or false");
    case Param::Kind::instant:
      if (parse_instant(value)) return {};
      return bad(param, fmt::format("{}: \"{}\" is no instant", param.name, shown(value)),
                 "write 2026-12-01T08:00:00Z; in a query, the + of an offset is %2B");
  }
  return {};
}

}  // namespace

Param text_param(std::string name, std::string about) { return {.name = std::move(name), .about = std::move(about)}; }
Param word_param(std::string name, std::vector<std::string> words, std::string about) {
  return {.name = std::move(name), .about = std::move(about), .kind = Param::Kind::word, .words = std::move(words)};
}
Param number_param(std::string name, std::int64_t min, std::int64_t max, std::string about) {
  return {.name = std::move(name), .about = std::move(about), .kind = Param::Kind::number, .min = min, .max = max};
}
Param flag_param(std::string name, std::string about) {
  return {.name = std::move(name), .about = std::move(about), .kind = Param::Kind::flag};
}
Param instant_param(std::string name, std::string about) {
  return {.name = std::move(name), .about = std::move(about), .kind = Param::Kind::instant};
}
Param list_of(Param param) {
  param.is_list = true;
  return param;
}

Expected<Query, std::vector<Refusal>> Query::read(const std::vector<Param>& params, const http::Fields& fields) {
  Query query;
  std::vector<Refusal> refusals;
  for (const auto& field : fields) {
    const auto param = std::ranges::find(params, field.name, &Param::name);
    if (param == params.end()) {
      std::vector<std::string> names;
      for (const Param& known : params) names.push_back(known.name);
      const std::string nearest = nearest_word(field.name, names);
      refusals.push_back({"unknown-parameter", shown(field.name),
                          fmt::format("there is no parameter \"{}\" here", shown(field.name)),
                          names.empty()     ? "this path has no parameters"
                          : nearest.empty() ? "it has " + one_of(names)
                                            : fmt::format("did you mean {}?", nearest),
                          0});
      continue;
    }
    if (field.value.empty() && param->kind == Param::Kind::text) continue;  // as if it were left out
    auto& values = query.values_[field.name];
    if (!param->is_list && !values.empty()) {
      refusals.push_back(
          {"bad-parameter", param->name, fmt::format("{} is given twice", param->name), "give it once", 0});
      continue;
    }
    for (std::string& value : param->is_list ? split(field.value) : std::vector<std::string>{field.value}) {
      if (auto checked = check(*param, value); !checked) refusals.push_back(std::move(checked).error());
      values.push_back(std::move(value));
    }
    if (values.size() > list_max) {
      refusals.push_back({"bad-parameter", param->name,
                          fmt::format("{} has more than {} values", param->name, list_max), "ask in several requests",
                          0});
    }
  }
  if (!refusals.empty()) return Unexpected<std::vector<Refusal>>(std::move(refusals));
  return query;
}

std::optional<std::string> Query::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second.front());
}

std::optional<std::int64_t> Query::number(std::string_view name) const {
  const auto value = text(name);
  return value ? std::optional(*parse_integer(*value, INT64_MIN, INT64_MAX)) : std::nullopt;
}

bool Query::flag(std::string_view name) const { return text(name) == "true"; }

std::optional<Instant> Query::instant(std::string_view name) const {
  const auto value = text(name);
  return value ? std::optional(*parse_instant(*value)) : std::nullopt;
}

const std::vector<std::string>& Query::list(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

}  // namespace mingyue::api
