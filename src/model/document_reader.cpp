#include "model/document_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mingyue::model {

void Refusals::add(Refusal refusal) {
  if (full()) return;
  const auto after = std::ranges::upper_bound(list_, refusal.line, {}, &Refusal::line);
  list_.insert(after, std::move(refusal));
}

std::vector<Refusal> Refusals::take() { return std::move(list_); }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (const std::string near = nearest_word(word, candidates); !near.empty())
    return fmt::format("did you mean \"{}\"?", near);
  if (candidates.empty()) return "there are none";
  if (candidates.size() > 12) return fmt::format("there are {} of them, none of a similar name", candidates.size());
  return fmt::format("choose {}", one_of(candidates));
}

std::optional<std::string> scalar_text(const Tree& tree, const std::string& path, std::size_t length_max,
                                       Refusals& refusals) {
  if (!tree.is_scalar()) {
    refusals.add("bad-value", path, fmt::format("{} is {}, it should be text", path, describe(tree)), "write one value",
                 tree.line);
    return std::nullopt;
  }
  if (tree.scalar.size() > length_max) {
    refusals.add("too-large", path,
                 fmt::format("{} has {} bytes, the most is {}", path, tree.scalar.size(), length_max),
                 "keep long data in a file", tree.line);
    return std::nullopt;
  }
  if (tree.scalar.find('\0') != std::string::npos) {
    refusals.add("bad-value", path, fmt::format("{} holds a NUL character", path), "remove it", tree.line);
    return std::nullopt;
  }
  return tree.scalar;
}

FieldReader::FieldReader(const Tree& tree, std::string path, Refusals& refusals)
    : tree_(tree), path_(std::move(path)), refusals_(refusals) {
  if (!tree.is_map()) {
    refusals_.add(
        "bad-value", path_,
        fmt::format("{} is {}, it should be a map of fields", path_.empty() ? "the document" : path_, describe(tree)),
        "write `field: value` lines", tree.line);
  }
}

std::string FieldReader::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

int FieldReader::line_of(std::string_view name) const {
  for (const Tree::Field& field : tree_.fields) {
    if (field.name == name) return field.line > 0 ? field.line : field.value.line;
  }
  return tree_.line;
}

const Tree* FieldReader::get(std::string_view name) {
  if (std::ranges::find(asked_, name) == asked_.end()) asked_.emplace_back(name);
  const Tree* at = tree_.find(name);
  return at == nullptr || at->is_null() ? nullptr : at;
}

void FieldReader::refuse(std::string_view name, std::string code, std::string message, std::string hint) {
  refusals_.add(std::move(code), path_of(name), std::move(message), std::move(hint), line_of(name));
}

void FieldReader::require(std::string_view name, std::string hint) {
  if (has(name) || !tree_.is_map()) return;
  refuse(name, "missing-field", fmt::format("{} is missing", path_of(name)), std::move(hint));
}

const Tree* FieldReader::scalar(std::string_view name) {
  const Tree* at = get(name);
  if (at == nullptr || at->is_scalar()) return at;
  refuse(name, "bad-value", fmt::format("{} is {}, it should be one value", path_of(name), describe(*at)),
         "write one value");
  return nullptr;
}

std::optional<std::string> FieldReader::text(std::string_view name, std::size_t length_max) {
  const Tree* at = get(name);
  if (at == nullptr) return std::nullopt;
  return scalar_text(*at, path_of(name), length_max, refusals_);
}

std::optional<std::string> FieldReader::name(std::string_view name) {
  auto value = text(name);
  if (!value || is_name(*value)) return value;
  refuse(name, "bad-value", fmt::format("\"{}\" is no name", shown(*value)),
         "use 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter, a digit or _");
  return std::nullopt;
}

std::optional<bool> FieldReader::flag(std::string_view name) {
  const Tree* at = scalar(name);
  if (at == nullptr) return std::nullopt;
  if (at->scalar == "true") return true;
  if (at->scalar == "false") return false;
  refuse(name, "bad-value", fmt::format("{} is {}", path_of(name), describe(*at)), "write true or false");
  return std::nullopt;
}

std::optional<std::int64_t> FieldReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const Tree* at = scalar(name);
  if (at == nullptr) return std::nullopt;
  auto value = parse_integer(at->scalar, min, max);
  if (value) return *value;
  refuse(name, value.error().code, fmt::format("{}: {}", path_of(name), value.error().message), value.error().hint);
  return std::nullopt;
}

std::optional<std::int32_t> FieldReader::small_integer(std::string_view name, std::int32_t min, std::int32_t max) {
  const auto value = integer(name, min, max);
  return value ? std::optional(static_cast<std::int32_t>(*value)) : std::nullopt;
}

template <class T>
std::optional<T> FieldReader::parsed(std::string_view name, Expected<T> (*parse)(std::string_view)) {
  const Tree* at = scalar(name);
  if (at == nullptr) return std::nullopt;
  auto value = parse(at->scalar);
  if (value) return *value;
  refuse(name, value.error().code, fmt::format("{}: {}", path_of(name), value.error().message), value.error().hint);
  return std::nullopt;
}

std::optional<Duration> FieldReader::duration(std::string_view name) { return parsed(name, parse_duration); }
std::optional<Instant> FieldReader::instant(std::string_view name) { return parsed(name, parse_instant); }
std::optional<Bytes> FieldReader::bytes(std::string_view name) { return parsed(name, parse_bytes); }

std::optional<Credits> FieldReader::credits(std::string_view name) {
  const auto value = parsed(name, parse_credits);
  if (!value || *value >= Credits{}) return value;
  refuse(name, "out-of-range", fmt::format("{} is {}, below nothing", path_of(name), print_credits(*value)),
         "name 0 or more");
  return std::nullopt;
}

std::vector<const Tree*> FieldReader::list(std::string_view name, std::size_t count_max) {
  const Tree* at = get(name);
  if (at == nullptr) return {};
  if (!at->is_list()) return {at};
  if (at->items.size() > count_max) {
    refuse(name, "too-large",
           fmt::format("{} has {} items, the most is {}", path_of(name), at->items.size(), count_max), "name fewer");
    return {};
  }
  std::vector<const Tree*> items;
  for (const Tree& item : at->items) items.push_back(&item);
  return items;
}

void FieldReader::refuse_word(std::string_view name, const Tree& at, const std::vector<std::string>& words) {
  refuse(name, "bad-value", fmt::format("{} is {}", path_of(name), describe(at)), did_you_mean(at.scalar, words));
}

void FieldReader::finish() {
  for (const Tree::Field& field : tree_.fields) {
    if (refusals_.full()) return;
    if (std::ranges::find(asked_, field.name) != asked_.end()) continue;
    const std::string near = nearest_word(field.name, asked_);
    refusals_.add(
        "unknown-field", path_of(shown(field.name)),
        fmt::format("there is no field \"{}\"{}", shown(field.name), path_.empty() ? "" : " in " + path_),
        near.empty() ? "see docs/formats for the fields there are" : fmt::format("did you mean \"{}\"?", near),
        field.line);
  }
}

}  // namespace mingyue::model
