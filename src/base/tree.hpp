#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"

namespace mingyue {

/// A document that somebody wrote, whatever its notation: text, lists and maps, each with its place. Readers of YAML
/// and JSON make trees (formats/parse.hpp); readers of jobs and centres turn trees into plain values
/// (model/document_reader.hpp).
///
/// A scalar stays the text that was written. What it means is decided by the field it stands in and not by how it
/// looks: the country `NO` stays `NO`, the version `1.10` stays `1.10`, and `8` is a number only where a number is
/// asked for.
struct Tree {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  struct Field;

  Kind kind = Kind::null;
  bool quoted = false;        ///< a scalar that its writer marked as text: quotes, a YAML block, a JSON string
  std::string scalar;         ///< of a scalar
  std::vector<Tree> items;    ///< of a list
  std::vector<Field> fields;  ///< of a map, as written; no name twice
  int line = 0;               ///< from 1; 0: unknown
  int column = 0;             ///< from 1; 0: unknown

  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_list() const { return kind == Kind::list; }
  [[nodiscard]] bool is_map() const { return kind == Kind::map; }

  /// The value of a map's field; null when there is none, or this is no map.
  [[nodiscard]] const Tree* find(std::string_view name) const;
  /// The node at a path like `parts[1].cores`, or the nearest one above it that exists; never fails.
  [[nodiscard]] const Tree& nearest(std::string_view path) const;
  /// The scalar at a path, or `otherwise`: for reading answers in which a field may be missing.
  [[nodiscard]] std::string text(std::string_view path, std::string_view otherwise = {}) const;
};

struct Tree::Field {
  std::string name;
  Tree value;
  int line = 0;  ///< of the name
  int column = 0;
};

/// `a list`, `a map`, `nothing`, `"text"`: what was found, for messages.
[[nodiscard]] std::string describe(const Tree& tree);

/// Gives refusals that name a field but no line (those of a check that no longer sees the document) the line of that
/// field.
void locate(std::vector<Refusal>& refusals, const Tree& document);

/// The first name that a map holds twice, as a refusal with both lines.
[[nodiscard]] Expected<void> check_distinct(const std::vector<Tree::Field>& fields);

/// What a parser allows, so that a small document cannot cost much: checked by every reader of text.
struct TreeLimits {
  std::size_t bytes_max = 4 << 20;
  int depth_max = 32;
  int nodes_max = 100'000;
};

}  // namespace mingyue
