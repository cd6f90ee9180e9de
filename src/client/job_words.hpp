#pragma once

#include <string>
#include <vector>

#include "client/session.hpp"
#include "client/table.hpp"
#include "wire/views.hpp"

/// How jobs are told to people.
namespace mingyue::client {

/// A job's number as it stands in a path; the failure says that it is none.
[[nodiscard]] Expected<std::string, Failure> id_of(const std::string& text);

[[nodiscard]] Cell state_cell(const Session& session, model::JobState state);
/// `[#####.....]  42 %`, `step 120`, or nothing.
[[nodiscard]] std::string progress_text(const wire::JobView& job);
[[nodiscard]] std::string job_table(const Session& session, const std::vector<wire::JobView>& jobs);

}  // namespace mingyue::client
