#pragma once

#include <string>

#include "base/expected.hpp"
#include "client/session.hpp"

namespace mingyue::apps {

/// The fault in the reader's words; one that the catalogue does not know stands as it is.
[[nodiscard]] std::string fault_words(const client::Session& session, const Fault& fault);

/// Says it on standard error; gives the exit code of a check that failed.
int tell_fault(const client::Session& session, const Fault& fault);

}  // namespace mingyue::apps
