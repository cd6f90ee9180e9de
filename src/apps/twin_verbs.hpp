#pragma once

#include <cstdint>
#include <string>

#include "client/session.hpp"

namespace mingyue::apps {

struct TwinSeedsOptions {
  std::string first = "1";
  std::string seed;  ///< this one alone; says what it chose
  std::uint64_t count = 100;
  std::string write;      ///< a file for the scenario of the one seed
  bool minimise = false;  ///< ... made small, where it fails
};

/// Simulates centres under faults, `count` seeds from `first` on, each twice. 0: every one held. A failure prints the
/// line that reproduces it.
int twin_seeds_verb(client::Session& session, const TwinSeedsOptions& options);

struct TwinScenarioOptions {
  std::string file;  ///< `-`: standard input
  std::string write;
  bool minimise = false;
};

/// Runs a written scenario (docs/formats/scenario.md) and prints its timeline. 0: every law and expectation held.
int twin_scenario_verb(client::Session& session, const TwinScenarioOptions& options);

}  // namespace mingyue::apps
