#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The lexical half of sbatch.hpp: which lines of a script are directives, and which options stand in them.
namespace mingyue::formats {

/// One option: `--mem=4G` is {"mem", "4G"}; short options have their long name already.
struct Directive {
  std::string name;                  ///< long name, or as written when unknown
  std::string written;               ///< as it stands in the script, for messages: `-n`, `--ntasks`
  std::optional<std::string> value;  ///< none: there was none
  bool known = true;
  int line = 0;
};

struct DirectiveLines {
  std::vector<Directive> directives;
  std::string document;        ///< the `#MINGYUE` lines as YAML, each in its own line of the script
  bool for_slurm = false;      ///< there is a `#SBATCH` line
  std::vector<int> bad_lines;  ///< with a quote that is not closed, or a word where an option should be
};

[[nodiscard]] DirectiveLines find_directives(std::string_view script);

/// The long names of all options that are understood, for "did you mean".
[[nodiscard]] std::vector<std::string> directive_names();

}  // namespace mingyue::formats
