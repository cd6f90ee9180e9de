#pragma once

#include <span>
#include <vector>

#include "base/expected.hpp"
#include "base/tree.hpp"
#include "twin/fault_plan.hpp"

/// From a file of faults (docs/formats/faults.md) to a plan of faults.
namespace mingyue::twin {

/// Reads one document. All that is wrong is in the answer, in the order of lines, each with its line and column. What
/// the world cannot do is refused and never passed over: a rate below zero, a share above one, a field that there is
/// not, lemons that fail less than other nodes, stragglers that are faster.
[[nodiscard]] Expected<FaultPlan, std::vector<Refusal>> read_faults(const Tree& document);

/// Several plans as one: rates of one file, responses of another. Refused where two of them have the same section, or a
/// category of the same name.
[[nodiscard]] Expected<FaultPlan> merge_faults(std::span<const FaultPlan> plans);

}  // namespace mingyue::twin
