#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/tree.hpp"

namespace mingyue::formats {

/// Puts a tree together from the events of a parser: what parse_yaml and parse_json share. A call returns false once
/// the document is refused; refusal() then says why, and further calls change nothing.
class TreeBuilder {
 public:
  explicit TreeBuilder(const TreeLimits& limits) : limits_(limits) {}

  struct Place {
    int line = 0;
    int column = 0;
  };

  bool null(Place place);
  bool scalar(std::string text, bool quoted, Place place);
  bool begin_list(Place place) { return begin(Tree::Kind::list, place); }
  bool begin_map(Place place) { return begin(Tree::Kind::map, place); }
  bool end();  ///< of the innermost list or map
  /// The name of the next value. Names are told apart from values here: JSON calls key(), YAML lets scalar() decide.
  bool key(std::string name, Place place);
  /// True when the innermost is a map that waits for a name.
  [[nodiscard]] bool wants_key() const;

  bool refuse_at(std::string code, std::string message, std::string hint, Place place);
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }
  [[nodiscard]] Tree take() { return std::move(root_); }

 private:
  bool begin(Tree::Kind kind, Place place);
  Tree* add(Tree node);

  struct Open {
    Tree node;
    std::optional<Tree::Field> pending;  ///< a name that waits for its value
  };

  TreeLimits limits_;
  Tree root_;
  std::vector<Open> open_;
  int nodes_ = 0;
  std::optional<Refusal> refusal_;
};

[[nodiscard]] Expected<void> check_size(std::string_view text, const TreeLimits& limits);

/// Size, encoding, control characters: what is checked before a library sees a byte.
[[nodiscard]] Expected<void> check_text(std::string_view text, const TreeLimits& limits, std::string_view notation);

/// Line and column (both from 1, in bytes) of an offset.
[[nodiscard]] TreeBuilder::Place place_of(std::string_view text, std::size_t offset);

}  // namespace mingyue::formats
