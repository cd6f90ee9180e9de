#pragma once

#include <vector>

#include "core/event.hpp"
#include "core/state.hpp"
#include "ledger/rows.hpp"

namespace mingyue::ledger {

/// The rows of jobs, attempts, incidents and postings that follow from an event; `before` is the state before it.
void history_rows(const core::State& before, const core::Event& event, std::vector<Row>& rows);

/// A live job as history would show it now.
[[nodiscard]] JobRow job_row(const core::State& state, const core::Job& job);
[[nodiscard]] AttemptRow attempt_row(const core::State& state, const core::Attempt& attempt);

}  // namespace mingyue::ledger
