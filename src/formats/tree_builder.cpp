#include "formats/tree_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace mingyue::formats {

bool TreeBuilder::refuse_at(std::string code, std::string message, std::string hint, Place place) {
  if (!refusal_) {
    if (place.line > 0) message += fmt::format(" (line {}, column {})", place.line, place.column);
    refusal_ = Refusal{std::move(code), "", std::move(message), std::move(hint), place.line};
  }
  return false;
}

bool TreeBuilder::wants_key() const { return !open_.empty() && open_.back().node.is_map() && !open_.back().pending; }

bool TreeBuilder::key(std::string name, Place place) {
  if (refusal_) return false;
  open_.back().pending = Tree::Field{std::move(name), {}, place.line, place.column};
  return true;
}

bool TreeBuilder::null(Place place) {
  Tree node;
  node.line = place.line;
  node.column = place.column;
  return add(std::move(node)) != nullptr;
}

bool TreeBuilder::scalar(std::string text, bool quoted, Place place) {
  if (wants_key()) return key(std::move(text), place);
  Tree node;
  node.kind = Tree::Kind::scalar;
  node.quoted = quoted;
  node.scalar = std::move(text);
  node.line = place.line;
  node.column = place.column;
  return add(std::move(node)) != nullptr;
}

bool TreeBuilder::begin(Tree::Kind kind, Place place) {
  if (refusal_) return false;
  if (wants_key()) {
    return refuse_at("bad-document", "a field's name is a list or a map", "write names as plain words", place);
  }
  if (static_cast<int>(open_.size()) >= limits_.depth_max) {
    return refuse_at("too-large", fmt::format("the document is more than {} levels deep", limits_.depth_max),
                     "no field of ours needs more than four", place);
  }
  Open opened;
  opened.node.kind = kind;
  opened.node.line = place.line;
  opened.node.column = place.column;
  open_.push_back(std::move(opened));
  return true;
}

bool TreeBuilder::end() {
  if (refusal_) return false;
  Tree node = std::move(open_.back().node);
  open_.pop_back();
  if (auto distinct = check_distinct(node.fields); !distinct) {
    refusal_ = std::move(distinct).error();
    return false;
  }
  return add(std::move(node)) != nullptr;
}

Tree* TreeBuilder::add(Tree node) {
  if (refusal_) return nullptr;
  if (++nodes_ > limits_.nodes_max) {
    refuse_at("too-large", fmt::format("the document has more than {} values", limits_.nodes_max),
              "split it, or use an array", {node.line, node.column});
    return nullptr;
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return &root_;
  }
  Open& into = open_.back();
  if (into.node.is_list()) return &into.node.items.emplace_back(std::move(node));
  // YAML can say that a name is nothing (`~: 1`); then there is a value without a name.
  if (!into.pending) {
    refuse_at("bad-document", "a field has no name", "write names as plain words", {node.line, node.column});
    return nullptr;
  }
  into.pending->value = std::move(node);
  into.node.fields.push_back(std::move(*into.pending));
  into.pending.reset();
  return &into.node.fields.back().value;
}

TreeBuilder::Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<int>(line), static_cast<int>(before.size() - start) + 1};
}

Expected<void> check_size(std::string_view text, const TreeLimits& limits) {
  if (text.size() <= limits.bytes_max) return {};
  return refuse("too-large", "",
                fmt::format("the document has {} bytes, the most is {}", text.size(), limits.bytes_max),
                "keep data in files and name them in the document");
}

Expected<void> check_text(std::string_view text, const TreeLimits& limits, std::string_view notation) {
  CHECK_OK(check_size(text, limits));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_length(text.substr(at));
    const char c = text[at];
    const bool control = (c >= '\0' && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == '\x7f';
    if (length == 0 || control) {
      const auto place = place_of(text, at);
      return refuse("bad-document", "",
                    fmt::format("byte {:#04x} in line {}, column {} is {}", static_cast<unsigned char>(c), place.line,
                                place.column, length == 0 ? "no UTF-8" : "a control character"),
                    fmt::format("save the document as plain {} in UTF-8", notation), place.line);
    }
    at += length;
  }
  return {};
}

}  // namespace mingyue::formats
