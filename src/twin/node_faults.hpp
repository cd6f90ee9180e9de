#pragma once

#include <cstdint>

#include "base/prng.hpp"
#include "base/time.hpp"

/// When nodes fail and how long that takes, as rates. Every node fails at any moment with the same chance, so the time
/// to the next failure of the whole centre is exponential.
namespace mingyue::twin {

struct NodeFaults {
  std::int64_t per_million_node_days = 3'790;  ///< Llama 3 had 3.79 a thousand (Grattafiori and others, 2024)
  Duration detection = seconds(15);            ///< from the fault until the centre knows
  Duration restart = seconds(90);              ///< from the grant until an interrupted job runs again
  Duration repair_mean = hours(24);            ///< exponential
};

/// A draw from the exponential distribution with mean 1, in 2^-32; by von Neumann's method (1951), which compares
/// uniform draws and takes no logarithm, so it is the same on every machine.
[[nodiscard]] std::uint64_t draw_exponential(Prng& prng);

/// The same with this mean; at least 1 ms.
[[nodiscard]] Duration draw_exponential(Prng& prng, Duration mean);

}  // namespace mingyue::twin
