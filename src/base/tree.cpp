#include "base/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace mingyue {
namespace {

/// One step of a path: `[1]` or a name. Nothing when there is no such node.
const Tree* step(const Tree& tree, std::string_view& path) {
  if (path.starts_with('[')) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
    if (error != std::errc{}) return nullptr;
    path.remove_prefix(static_cast<std::size_t>(end - path.data()));
    if (path.starts_with(']')) path.remove_prefix(1);
    if (path.starts_with('.')) path.remove_prefix(1);
    return tree.is_list() && index < tree.items.size() ? &tree.items[index] : nullptr;
  }
  const std::size_t end = path.find_first_of(".[");
  const std::string_view name = path.substr(0, end);
  path.remove_prefix(name.size());
  if (path.starts_with('.')) path.remove_prefix(1);
  return tree.find(name);
}

}  // namespace

const Tree* Tree::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field.value;
  }
  return nullptr;
}

const Tree& Tree::nearest(std::string_view path) const {
  const Tree* at = this;
  while (!path.empty()) {
    const Tree* below = step(*at, path);
    if (below == nullptr) break;
    at = below;
  }
  return *at;
}

std::string Tree::text(std::string_view path, std::string_view otherwise) const {
  const Tree* at = this;
  while (at != nullptr && !path.empty()) at = step(*at, path);
  return std::string(at != nullptr && at->is_scalar() ? std::string_view(at->scalar) : otherwise);
}

std::string describe(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::null:
      return "nothing";
    case Tree::Kind::list:
      return "a list";
    case Tree::Kind::map:
      return "a map";
    case Tree::Kind::scalar:
      break;
  }
  return fmt::format("\"{}\"", shown(tree.scalar));
}

void locate(std::vector<Refusal>& refusals, const Tree& document) {
  for (Refusal& refusal : refusals) {
    if (refusal.line == 0 && !refusal.field.empty()) refusal.line = document.nearest(refusal.field).line;
  }
}

Expected<void> check_distinct(const std::vector<Tree::Field>& fields) {
  // Sorted beside the map: a map of 100,000 fields costs a sort and not 5e9 comparisons.
  std::vector<std::pair<std::string_view, std::size_t>> sorted;
  sorted.reserve(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) sorted.emplace_back(fields[i].name, i);
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted, {}, [](const auto& entry) { return entry.first; });
  if (twice == sorted.end()) return {};
  const Tree::Field& first = fields[twice->second];
  const Tree::Field& second = fields[std::next(twice)->second];
  return refuse("duplicate", shown(second.name, 80),
                fmt::format("\"{}\" is here twice, first in line {}", shown(second.name), first.line),
                "keep one of them", second.line);
}

}  // namespace mingyue
