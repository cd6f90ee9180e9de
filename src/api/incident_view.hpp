#pragma once

#include <string>
#include <string_view>

#include "base/language.hpp"
#include "ledger/rows.hpp"
#include "wire/views.hpp"

namespace mingyue::api {

/// What an operator does about an incident of this kind, in one sentence; empty for a kind that is not
/// known.
[[nodiscard]] std::string what_to_do(std::string_view kind, Language language);

[[nodiscard]] wire::IncidentView incident_view(ledger::IncidentRow row, Language language);

}  // namespace mingyue::api
