#pragma once

#include <cstdint>

#include "client/session.hpp"

namespace mingyue::apps {

/// Checks the whole log of the data directory, also beside a running centre. 0: everything that must hold, holds.
int verify_log_verb(client::Session& session);

/// Moves the records from `at` on to a file beside the log; only while no centre runs there.
int cut_log_verb(client::Session& session, std::uint64_t at);

}  // namespace mingyue::apps
