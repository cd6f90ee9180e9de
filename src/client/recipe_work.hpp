#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "client/recipe.hpp"

/// The folders in which recipes work, and what stands in them afterwards.
namespace mingyue::client {

/// Copies a recipe to `<work>/<name>-<YYYYmmdd-HHMMSS>` (local time; a number follows when that is taken) and says
/// where, as an absolute path. A result that lies about in the recipe's own folder is not copied.
[[nodiscard]] Expected<std::string> fresh_work_folder(const Recipe& recipe, const std::string& work, Instant now);

/// One quantity as it came out.
struct Measured {
  const RecipeResult* result = nullptr;  ///< the recipe's own
  std::optional<double> value;
  std::string written;  ///< its digits in result.json; empty: there is no number
  bool ok = false;
};

/// Compares result.json in a work folder, one flat object, with the references: one Measured for each result, in order.
/// Refused when the file cannot be read.
[[nodiscard]] Expected<std::vector<Measured>> measure(const Recipe& recipe, const std::string& work_folder);

/// A run of before whose answer still stands.
struct EarlierRun {
  std::string folder;
  Instant at;  ///< of its result
  std::vector<Measured> measured;
};

/// The newest work folder of a recipe, when every file of the recipe is in it byte for byte and every quantity is ok.
[[nodiscard]] std::optional<EarlierRun> earlier_run(const Recipe& recipe, const std::string& work);

}  // namespace mingyue::client
