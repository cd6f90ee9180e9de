#pragma once

#include <string>
#include <vector>

#include "apps/twin_setup.hpp"
#include "client/session.hpp"

namespace mingyue::apps {

struct TwinCompareOptions {
  TwinWorldOptions world;
  std::vector<std::string> centres;  ///< centres' YAML files; none: equal nodes
  std::vector<std::string> policies{"fcfs", "easy", "conservative", "aged"};
  int threads = 1;
  std::string report;  ///< a folder; empty: only the table
};

/// Runs the same trace under every policy on every centre, side by side. What it writes does not depend on how many
/// threads run.
client::Exit twin_compare_verb(client::Session& session, const TwinCompareOptions& options, const std::string& version);

}  // namespace mingyue::apps
