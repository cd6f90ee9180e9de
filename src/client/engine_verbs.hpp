#pragma once

#include <string>

#include "client/session.hpp"

/// Engines of many machines, on the command line.
namespace mingyue::client {

Exit list_engines(Session& session);
Exit show_engine(Session& session, const std::string& name);

}  // namespace mingyue::client
