#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "twin/scenario.hpp"

namespace mingyue::twin {

/// A kind of work or of fault that takes part in a seed's scenario.
struct SwarmChoice {
  std::string kind;
  std::int64_t rate = 0;  ///< how often: in 1,000 jobs or occasions, or times in all (swarm.cpp says which)
  bool fault = false;
  friend bool operator==(const SwarmChoice&, const SwarmChoice&) = default;
};

/// What a seed chose, and the scenario that it drew. Swarm testing (Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012):
/// a seed chooses at random which kinds of work and of fault take part at all, each one time in two, and how often. A
/// test in which everything happens at one rate never sees what needs much of one thing and nothing of another: a queue
/// that is full because nobody cancels, a log that is long because nothing crashes.
struct Swarm {
  std::vector<SwarmChoice> choices;
  Scenario scenario;
};

/// The same on every machine. Each kind draws from a stream of its own, so a new kind changes only the scenarios of
/// seeds that choose it.
[[nodiscard]] Swarm draw_swarm(std::uint64_t seed);

/// `work: gangs 320, cancel 4; faults: crash 2`.
[[nodiscard]] std::string words_of(const std::vector<SwarmChoice>& choices);

/// `3f2a91c0`: names what a seed's scenario says, so that a list of seeds notices when they have come to mean something
/// else.
[[nodiscard]] std::string short_hash(const Scenario& scenario);

}  // namespace mingyue::twin
