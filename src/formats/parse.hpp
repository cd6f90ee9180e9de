#pragma once

#include <string_view>

#include "base/expected.hpp"
#include "base/tree.hpp"

/// From text to a tree (base/tree.hpp), and no further: what the fields mean is for the readers of jobs and centres.
///
/// Both readers trust nobody. A document is at most `limits.bytes_max` long, `depth_max` deep and `nodes_max` nodes
/// large; it is well-formed UTF-8; no map names a field twice. The refusal says where: its line, and the column in its
/// message. Nothing is thrown.
namespace mingyue::formats {

/// Reads one YAML 1.2 document. Scalars stay text (`NO` is `NO`). Refused besides what is no YAML: control characters,
/// anchors and aliases, tags, several documents in one text. An empty text is a tree of kind null.
[[nodiscard]] Expected<Tree> parse_yaml(std::string_view text, const TreeLimits& limits = {});

/// Reads one JSON value (RFC 8259). Numbers keep their digits; those beyond what a double can hold are refused. Names,
/// strings and numbers carry their place; a line is never wrong, but `true`, `null` and brackets carry that of the name
/// before them.
[[nodiscard]] Expected<Tree> parse_json(std::string_view text, const TreeLimits& limits = {});

}  // namespace mingyue::formats
