#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/session.hpp"

namespace mingyue::apps {

/// The verbs of traces: streams of jobs for the twin. They need no centre.

struct TraceImportOptions {
  std::string file;
  std::string format = "guess";
  std::int32_t cards = 0;       ///< of the machine; 0: as the file says
  std::int32_t processors = 0;  ///< the same, for logs that count in cores
  bool skip = false;            ///< bad rows
  std::string seed = "1";       ///< of requests that are drawn
  std::string out;
};
/// Reads a trace in any form, writes it in the common one, and says what it amounts to.
client::Exit import_trace(client::Session& session, const TraceImportOptions& options);

struct TraceGenerateOptions {
  std::string kind;  ///< venus-mix, llm-mix, giant-mix or fitted
  std::int32_t cards = 10'000;
  std::string load = "0.955";
  std::int64_t days = 91;
  std::string seed = "1";
  std::string from;  ///< a recorded trace to superpose
  std::string format = "guess";
  std::string cluster = "seren";
  std::optional<int> giants_share;         ///< default: the kind's
  std::vector<std::int32_t> giants_cards;  ///< empty: the kind's
  std::string out;
};
client::Exit generate_trace(client::Session& session, const TraceGenerateOptions& options);

struct TraceShowOptions {
  std::string file;
  std::string format = "guess";
  std::int32_t cards = 0;
  std::int32_t processors = 0;
  bool skip = false;
};
client::Exit show_trace(client::Session& session, const TraceShowOptions& options);

}  // namespace mingyue::apps
