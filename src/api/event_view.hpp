#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "ports/log_store.hpp"
#include "wire/views.hpp"

namespace mingyue::api {

/// What happened, in a sentence. `node_names` by NodeId; a node that is not among them is told by its number.
[[nodiscard]] std::string summary(const core::EventBody& event, const std::vector<std::string>& node_names);

/// A record of the log as clients see it. One that this version cannot read is told as such, and not left out.
[[nodiscard]] wire::EventView event_view(const ports::Record& record, const std::vector<std::string>& node_names);

[[nodiscard]] std::vector<std::string> node_names_of(const model::Centre& centre);

}  // namespace mingyue::api
