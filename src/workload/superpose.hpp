#pragma once

#include <cstdint>
#include <memory>

#include "workload/ends.hpp"
#include "workload/source.hpp"

namespace mingyue::workload {

/// Load in millionths of the machine's cards × time: 955,000 is 0.955.
using Load = Quantity<struct LoadTag>;
inline constexpr Load full_load{1'000'000};
inline constexpr Load load_max{10'000'000};  ///< ten times what the machine has

enum class Requests : std::uint8_t {
  drawn,  ///< run × U(1, 2)
  kept,   ///< as the trace has them
};

struct SuperposeOptions {
  std::int32_t machine = 10'000;  ///< cards, or cores where the trace counts in cores
  Load load{955'000};
  Duration window = days(91);  ///< submissions end there; 0: never
  std::uint64_t seed = 1;
  Requests requests = Requests::drawn;
  Duration checkpoint = hours(1);  ///< of every job; 0: never
  EndShares ends;                  ///< of jobs whose end the trace does not say
};

/// A recorded trace made as large as a machine: its jobs many times at once, each copy shifted by a random time around
/// the trace's span and going round, thinned to the wanted load. The jobs stay real ones, and so do the gaps and bursts
/// within each copy; the rhythm of the day is smoothed, as copies are shifted by any time.
///
/// Jobs larger than the machine are left out (Account). How many copies and what share of them is kept is worked out
/// for the window, so that the load offered in it is what was asked for, to the part that one job is. Where the trace
/// names no users, jobs of one size that come in the same hour of a copy are one user's; some users do most.
///
/// Costs the trace in memory once and 24 bytes a copy; a job costs a few comparisons per doubling of copies.
[[nodiscard]] Expected<std::unique_ptr<Source>> superpose(Trace base, const SuperposeOptions& options);

}  // namespace mingyue::workload
