#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/language.hpp"
#include "base/time.hpp"
#include "base/tree.hpp"
#include "model/job.hpp"

/// A recipe is real work with a known answer: job documents, the programs they run, and in `recipe.yaml` the result to
/// expect and where that expectation comes from (recipes/README.md). This header is what a recipe says;
/// client/recipe_run.hpp runs it.
namespace mingyue::client {

struct RecipeText {
  std::string en;
  std::string zh;
  [[nodiscard]] const std::string& in(Language language) const {
    return language == Language::zh && !zh.empty() ? zh : en;
  }
};

/// One job document of a recipe. The three lists name earlier jobs of the recipe by their `as`.
struct RecipeJob {
  std::string file;  ///< relative to the recipe's folder
  std::string as;
  std::vector<std::string> after_ok;
  std::vector<std::string> after;
  std::vector<std::string> after_any;
};

/// One number of `result.json`, and what it should be.
struct RecipeResult {
  std::string quantity;
  std::string key;
  std::string unit;  ///< empty: a plain number
  double reference = 0;
  double tolerance = 0;  ///< in the unit; a relative one is turned into it when it is read
  std::string source;    ///< where the reference comes from

  /// Whether a value is within the tolerance, as the decimals say it: a value exactly at the edge is within.
  [[nodiscard]] bool meets(double value) const;
};

struct Recipe {
  std::string folder;  ///< where it lies; absolute. Empty when it was read from a tree alone
  std::string name;
  RecipeText title;
  RecipeText about;
  model::WorkKind kind = model::WorkKind::general;
  bool quickstart = false;
  Duration time;                      ///< measured on two cores
  std::vector<std::string> packages;  ///< of Debian
  std::vector<std::string> programs;
  std::vector<RecipeJob> jobs;        ///< in the order of their submission; at least one
  std::vector<RecipeResult> results;  ///< at least one
};

/// Reads `recipe.yaml`. Everything that is wrong is refused at once, with its line.
[[nodiscard]] Expected<Recipe, std::vector<Refusal>> read_recipe(const Tree& tree);

/// A recipe that cannot be read, and why.
struct BadRecipe {
  std::string file;
  std::vector<Refusal> refusals;
};

/// Every folder in `folder` with a `recipe.yaml` in it, by name. A recipe is called like its folder, and its job
/// documents are there.
[[nodiscard]] Expected<std::vector<Recipe>, BadRecipe> find_recipes(const std::string& folder);

/// The programs of a recipe that this machine lacks: names are looked up in `path` (colons between folders), absolute
/// paths where they are.
[[nodiscard]] std::vector<std::string> missing_programs(const Recipe& recipe, std::string_view path);
[[nodiscard]] std::vector<std::string> missing_programs(const Recipe& recipe);  ///< in PATH

/// Those of its Debian packages that are not installed: a program may be there without the library or the data that it
/// reads. `status` is dpkg's own list; without one (another distribution) nothing counts as missing.
[[nodiscard]] std::vector<std::string> missing_packages(const Recipe& recipe,
                                                        const std::string& status = "/var/lib/dpkg/status");

}  // namespace mingyue::client
