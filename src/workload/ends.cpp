#include "workload/ends.hpp"

#include <algorithm>

namespace mingyue::workload {
namespace {

/// Of the jobs above the mean (share `large.jobs`, holding `large.time`) and of those below, so that the chances
/// average to `jobs` over jobs and to `time` over card-time:
///
///   s × high + (1 - s) × low = jobs        t × high + (1 - t) × low = time
void solve(Fixed jobs, Fixed time, const LargeJobs& large, Fixed& high, Fixed& low) {
  const Fixed gap = large.time - large.jobs;  // t - s > 0: large jobs hold more than their number
  if (gap <= one / 1000) {
    high = low = time;
    return;
  }
  const Int128 top = static_cast<Int128>(time) * (one - large.jobs) - static_cast<Int128>(jobs) * (one - large.time);
  high = std::clamp<Fixed>(static_cast<Fixed>(top / gap), 0, one);
  const Fixed rest = time - times(high, large.time);
  low = large.time >= one
            ? jobs
            : std::clamp<Fixed>(static_cast<Fixed>((static_cast<Int128>(rest) << 32) / (one - large.time)), 0, one);
}

}  // namespace

Ends::Ends(const EndShares& shares, const LargeJobs& large) : mean_ms_(large.mean_ms) {
  solve(fixed(shares.cancelled_jobs, 1000), fixed(shares.cancelled_time, 1000), large, large_.cancelled,
        small_.cancelled);
  solve(fixed(shares.failed_jobs, 1000), fixed(shares.failed_time, 1000), large, large_.failed, small_.failed);
}

End Ends::draw(Prng& prng, std::int64_t card_ms) const {
  const Chances& chances = card_ms > mean_ms_ ? large_ : small_;
  const Fixed at = draw_share(prng);
  if (at < chances.cancelled) return End::cancelled;
  return at < chances.cancelled + chances.failed ? End::failed : End::succeeded;
}

}  // namespace mingyue::workload
