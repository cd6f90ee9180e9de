#pragma once

#include <cstdint>
#include <string>

#include "core/state.hpp"

/// Who may use which quantum device. How running jobs share them is the broker's (broker/broker.hpp).
namespace mingyue::core {

/// Whether the device has all that is asked for. One that has not been seen yet has nothing; an ideal simulator is for
/// those who name it, or its technology.
[[nodiscard]] bool qualifies(const std::string& name, const model::QpuFacts& facts, const model::QpuNeed& need);

/// How many more jobs with this need may start now.
struct QpuSeats {
  std::int32_t free = 0;        ///< beside all running jobs that use quantum devices
  std::int32_t in_service = 0;  ///< devices that qualify and take work
  std::string devices;          ///< those that qualify, for people; where none takes work, each with why and until when
};
/// Cost: a pass over the devices, and one over the attempts in force.
[[nodiscard]] QpuSeats qpu_seats(const State& state, const model::QpuNeed& need);

/// Refuses a need that no device of the centre can ever meet, as far as is known: one that has not been seen yet might.
[[nodiscard]] Expected<void> require_qpu(const State& state, const model::JobSpec& spec);

}  // namespace mingyue::core
