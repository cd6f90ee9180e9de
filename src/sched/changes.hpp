#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sched/context.hpp"

/// "It would start now, if ...": each answer is found by trying.
namespace mingyue::sched {

struct Change {
  ChangeCode code = ChangeCode::none;
  std::vector<std::string> args;
};

/// The longest wall limit, in whole minutes, with which the job would start now; nothing if there is none of a minute
/// or more. `calendar` holds what goes before the job.
[[nodiscard]] std::optional<Change> shorter_wall(const Calendar& calendar, const Shape& shape);

/// The largest number of tasks with which a job of one part would start now.
[[nodiscard]] std::optional<Change> fewer_tasks(const Calendar& calendar, const Shape& shape);

/// The largest number of cores per task with which a job of one part would start now.
[[nodiscard]] std::optional<Change> fewer_cores(const Calendar& calendar, const Shape& shape);

/// For a job that its partition can never hold: the unavailable nodes with which it could (as few as possible, in the
/// order of ids), else the number of tasks, else of cores, that it can hold.
[[nodiscard]] Change change_of_too_large(const Context& context, std::int32_t partition,
                                         std::span<const ShapeId> shapes);

}  // namespace mingyue::sched
