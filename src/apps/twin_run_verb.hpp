#pragma once

#include <string>

#include "apps/twin_setup.hpp"
#include "client/session.hpp"

namespace mingyue::apps {

struct TwinRunOptions {
  TwinWorldOptions world;
  std::string centre;  ///< a centre's YAML; empty: equal nodes
  std::string policy = "aged";
  std::string report;  ///< a folder; empty: only the summary
};

/// Runs a trace on a simulated centre and says what came of it.
client::Exit twin_run_verb(client::Session& session, const TwinRunOptions& options, const std::string& version);

}  // namespace mingyue::apps
