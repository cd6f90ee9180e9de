#pragma once

#include <cstdint>
#include <string>

#include "client/session.hpp"

namespace mingyue::apps {

/// Simulates centres under faults, `count` seeds from `first` on, each twice. 0: every one held. A failure prints the
/// line that reproduces it.
int twin_seeds_verb(client::Session& session, const std::string& first, std::uint64_t count);

}  // namespace mingyue::apps
