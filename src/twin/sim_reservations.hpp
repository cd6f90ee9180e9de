#pragma once

#include <vector>

#include "core/command.hpp"

namespace mingyue::twin {

/// The law that reservations stand for, in arithmetic of its own: a lease is on no node in a window of a reservation
/// that the job does not name, for as long as its wall limit lasts; and a job that names one is on its nodes, within
/// one window. `state` is the state after the events. A broken law is an INVARIANT.
void check_reservations(const core::State& state, const std::vector<core::Event>& events);

}  // namespace mingyue::twin
