#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"

/// Recipes: real work ready to submit, with its reference results (recipes/README.md).
namespace mingyue::wire {

/// One job document of a recipe. The lists name earlier jobs of it by their `as`.
struct RecipeDocument {
  std::string as;
  std::string file;
  std::vector<std::string> after_ok;
  std::vector<std::string> after;
  std::vector<std::string> after_any;
  std::string text;  ///< YAML, as POST /v1/jobs takes it
};
DESCRIBE(RecipeDocument, as, file, after_ok, after, after_any, text)

/// One number that it computes, and what it should be.
struct RecipeReference {
  std::string quantity;
  std::string key;  ///< in result.json
  std::string unit;
  std::string reference;
  std::string tolerance;           ///< in the unit; empty: see the next
  std::string tolerance_relative;  ///< of the reference
  std::string source;
};
DESCRIBE(RecipeReference, quantity, key, unit, reference, tolerance, tolerance_relative, source)

struct RecipeView {
  std::string name;
  std::string title;  ///< in the caller's language
  std::string about;  ///< what it computes, and why a centre would
  std::string kind;   ///< of work
  bool quickstart = false;
  std::optional<Duration> time;       ///< measured on two cores
  std::vector<std::string> packages;  ///< of Debian, that it needs
  std::vector<std::string> programs;
  std::string folder;  ///< on the centre's machine: its documents find their programs beside them, so a copy of it
                       ///< is the `workdir` to submit them with
  std::vector<RecipeDocument> jobs;
  std::vector<RecipeReference> results;
};
DESCRIBE(RecipeView, name, title, about, kind, quickstart, time, packages, programs, folder, jobs, results)

}  // namespace mingyue::wire
