#pragma once

#include <cstdint>
#include <string>

#include "client/session.hpp"

namespace mingyue::apps {

struct TwinRunOptions {
  std::string trace;   ///< a file in any form that `trace` reads
  std::string centre;  ///< a centre's YAML; empty: equal nodes, as many and as large as said below
  std::int32_t nodes = 0;
  std::int32_t cores = 1;
  std::int32_t cards = 0;
  std::string policy = "aged";
  std::string faults;  ///< node faults per 1,000 node-days, 3.79; empty: none
  std::string seed = "1";
  std::string until;   ///< 91d; empty: as long as the trace
  std::string report;  ///< a folder; empty: only the summary
  bool skip = false;
};

/// Runs a trace on a simulated centre and says what came of it.
client::Exit twin_run_verb(client::Session& session, const TwinRunOptions& options, const std::string& version);

}  // namespace mingyue::apps
