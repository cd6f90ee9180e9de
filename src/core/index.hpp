#pragma once

#include "core/state.hpp"

/// The state's indexes: computed from the rest, kept by apply, checked by check(). Not for use outside core.
namespace mingyue::core {

void build_indexes(State& state);

void index_dependency(State& state, model::JobId waits, model::JobId target);
void unindex_dependency(State& state, model::JobId waits, model::JobId target);

/// Call after anything changes that deadline_of reads: for one attempt, or for all of them.
void index_deadline(State& state, const Attempt& attempt);
void index_deadlines(State& state);
/// Call after the job begins to wait, or waits no longer.
void index_latest_start(State& state, const Job& job);
void index_reservation(State& state, const model::Reservation& reservation);
void unindex_reservation(State& state, const model::Reservation& reservation);

/// Call after an attempt has left the state.
void settle_deadlines(State& state);

/// The attempts whose deadline is `now` or before, with it, in their order.
[[nodiscard]] std::vector<std::pair<Instant, model::JobId>> deadlines_due(const State& state, Instant now);

}  // namespace mingyue::core
