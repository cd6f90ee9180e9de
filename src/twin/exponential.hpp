#pragma once

#include <cstdint>

#include "base/prng.hpp"
#include "base/time.hpp"

namespace mingyue::twin {

/// A draw from the exponential distribution with mean 1, in 2^-32; by von Neumann's method (1951), which compares
/// uniform draws and takes no logarithm, so it is the same on every machine.
[[nodiscard]] std::uint64_t draw_exponential(Prng& prng);

/// The same with this mean; at least 1 ms.
[[nodiscard]] Duration draw_exponential(Prng& prng, Duration mean);

}  // namespace mingyue::twin
