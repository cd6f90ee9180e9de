#pragma once

#include <string>

#include "client/session.hpp"

namespace mingyue::apps {

/// Decides and plans a recorded centre again (twin/replay.hpp). `folder`: the data of a centre that does not run, or of
/// a copy; empty: that of this centre. 0: the decisions are the same to the byte; 1: the first that differs is named.
[[nodiscard]] int twin_replay_verb(client::Session& session, const std::string& folder);

}  // namespace mingyue::apps
