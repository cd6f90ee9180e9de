#pragma once

#include <cstdint>
#include <functional>

#include "twin/scenario.hpp"
#include "twin/simulation.hpp"

namespace mingyue::twin {

/// Makes a failing scenario small, so that a person can read what is needed for the failure:
///
///   1. lines are taken away, many at once, then fewer: delta debugging (Zeller and Hildebrandt, 2002). What remains
///      fails, and without any one of its lines it does not;
///   2. so are nodes, and the fields of lines, so that what remains is said with the defaults;
///   3. numbers are made smaller and times rounder, as long as it fails;
///   4. again from 1, until nothing changes.
///
/// It knows no verb: a scenario is lines with words to it. `fails` is asked of every candidate, some of which mean
/// nothing any more; of those it says no. It is not asked more than `runs_max` times: what is smallest by then is the
/// answer. The scenario given must fail.
struct Minimised {
  Scenario scenario;
  std::uint64_t runs = 0;
  bool finished = true;  ///< nothing more can be taken away; false: runs_max came first
};
[[nodiscard]] Minimised minimise(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails,
                                 std::uint64_t runs_max = 5'000);

/// The same for a scenario that breaks a law when it is run with `options`: whatever is taken away, it still breaks
/// that law. A scenario that breaks none comes back as it is.
[[nodiscard]] Minimised minimise_failure(const Scenario& scenario, const RunOptions& options = {},
                                         std::uint64_t runs_max = 5'000);

}  // namespace mingyue::twin
