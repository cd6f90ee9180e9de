#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/describe.hpp"
#include "base/quantity.hpp"

namespace mingyue::model {

/// Counted from 1 in the order of submission. The elements of an array have consecutive ids; the first one names the
/// array.
using JobId = Id<struct JobIdTag>;

/// The place of a node in the centre's list, from 0. A node keeps its id while its name stays in the centre's file.
using NodeId = Id<struct NodeIdTag, std::uint32_t>;

using IncidentId = Id<struct IncidentIdTag>;
using ReservationId = Id<struct ReservationIdTag>;

/// One run of a job. A fault ends an attempt, not the job. Printed `4711.2`.
struct AttemptId {
  JobId job;
  std::int32_t number = 0;  ///< from 1
  friend auto operator<=>(const AttemptId&, const AttemptId&) = default;
};
DESCRIBE(AttemptId, job, number)

[[nodiscard]] inline std::string print(AttemptId id) {
  return std::to_string(id.job.raw()) + "." + std::to_string(id.number);
}

}  // namespace mingyue::model
