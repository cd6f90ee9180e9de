#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Slurm's short form of many node names: `gpu[001-003,007],login`, `rack[1-2]n[1-4]`.
namespace mingyue::engines::slurm {

inline constexpr std::size_t hostlist_max = 100'000;

/// The names in their order, repeated ones kept. Nothing where the text is no list of names (`(null)`, `None assigned`,
/// brackets that do not match, a range that runs backwards) or names more than `hostlist_max`. The empty text is an
/// empty list. Cost: linear in the names.
[[nodiscard]] std::optional<std::vector<std::string>> expand_hostlist(std::string_view text);

}  // namespace mingyue::engines::slurm
