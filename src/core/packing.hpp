#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/expected.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"
#include "sched/placement.hpp"

/// Whether the tasks of a job can ever stand beside each other.
namespace mingyue::core {

/// Why the job can never start in its partition, though model::validate has nothing against it: all nodes whole, up and
/// empty, there is still no place for all of its tasks at once. Nothing where there is a place, and nothing where that
/// cannot be decided within a bound: what is refused is proven.
///
/// Costs nothing for jobs of one part, unless it takes cards of any type. For others: one placement; where that fails,
/// a few milliseconds at most.
[[nodiscard]] std::optional<Refusal> why_never_together(const model::JobSpec& valid, const model::Centre& centre);

enum class Packing : std::uint8_t { fits, never, undecided };

/// Looks at every way to pack the shape's tasks into empty nodes; `never` is a proof. After `packing_steps_max` steps
/// it is undecided. A step is one node, filled in one way, for one set of tasks that are still without a place: some
/// 100 ns.
[[nodiscard]] Packing pack_exhaustively(std::span<const sched::NodeFacts> nodes, const sched::Shape& shape);
inline constexpr int packing_steps_max = 20'000;

}  // namespace mingyue::core
