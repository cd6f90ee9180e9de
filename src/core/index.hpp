#pragma once

#include "core/state.hpp"

/// The state's indexes: computed from the rest, kept by apply, checked by check(). Not for use outside core.
namespace mingyue::core {

void build_indexes(State& state);

void index_dependency(State& state, model::JobId waits, model::JobId target);
void unindex_dependency(State& state, model::JobId waits, model::JobId target);

/// Call before and after anything changes that deadline_of reads.
void unindex_deadline(State& state, const Attempt& attempt);
void index_deadline(State& state, const Attempt& attempt);

}  // namespace mingyue::core
