#pragma once

#include <string>
#include <vector>

#include "base/language.hpp"
#include "client/connection.hpp"
#include "client/recipe.hpp"

namespace mingyue::client {

struct RunOptions {
  std::string work;       ///< recipes work in folders below it; made when it is not there
  bool json = false;      ///< one object at the end, and nothing else, on standard output
  bool terminal = false;  ///< standard output is one: progress is redrawn in place
  Language language = Language::en;
  int width = 0;       ///< of the terminal; 0: find out
  bool reuse = false;  ///< a recipe whose files are the same, and whose newest run was good, is not run again
};

/// Runs recipes through a centre's queue, all at once, and compares what comes out with the references:
///
///   1. what cannot run is skipped by name, with the Debian packages that would help;
///   2. each recipe's folder is copied to a fresh work folder, its jobs are submitted in order;
///   3. progress is shown until all have ended; a centre that restarts meanwhile is waited for, up to a minute;
///   4. result.json of each work folder is compared: value, reference, tolerance, `ok` or `MISSED`, source. Of a job
///   that
///      failed, its reason and the last lines of its output are shown.
///
/// Work folders are files of this machine: the centre must be here, or share them at the same path.
///
/// `job_failed` when a job failed, a quantity missed, or every recipe was skipped; when the centre cannot be reached or
/// says no to all, what that comes to.
[[nodiscard]] Exit run_recipes(const Connection& connection, const std::vector<Recipe>& recipes,
                               const RunOptions& options);

/// The job document with `after-ok: [ids]` (and `after`, `after-any`) as its last lines. Refused when it has that field
/// already: in a recipe, recipe.yaml says what waits for what.
struct JobIds {
  std::vector<std::string> after_ok;
  std::vector<std::string> after;
  std::vector<std::string> after_any;
};
[[nodiscard]] Expected<std::string> with_dependencies(std::string document, const JobIds& ids);

}  // namespace mingyue::client
