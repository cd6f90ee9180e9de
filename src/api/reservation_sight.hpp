#pragma once

#include "api/access.hpp"
#include "core/state.hpp"

namespace mingyue::api {

/// Whether the caller may know for whom a reservation is: operators and auditors, those whom it is for, and everyone of
/// a maintenance.
[[nodiscard]] bool sees_all(const core::State& state, const model::Reservation& reservation, const Caller& caller);

}  // namespace mingyue::api
