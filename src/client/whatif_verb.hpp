#pragma once

#include <string>
#include <vector>

#include "client/session.hpp"

namespace mingyue::client {

struct WhatIfOptions {
  std::vector<std::string> drain;
  std::vector<std::string> resume;
  std::vector<std::string> add;      ///< NODE=COUNT
  std::vector<std::string> weights;  ///< NAME=NUMBER
  std::vector<std::string> submit;   ///< files
  std::string horizon = "7d";
  int futures = 1;
  std::int64_t seed = 1;
};

/// Asks the running centre what a change would do, and prints both futures side by side. Changes nothing.
[[nodiscard]] Exit ask_what_if(Session& session, const WhatIfOptions& options);

}  // namespace mingyue::client
