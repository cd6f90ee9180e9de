#pragma once

#include <cstdint>
#include <vector>

#include "base/expected.hpp"
#include "base/units.hpp"
#include "workload/chance.hpp"
#include "workload/trace_job.hpp"

namespace mingyue::workload {

/// Jobs that train large models: few, as large as a good part of the machine, for days.
struct PretrainingOptions {
  std::vector<std::int32_t> cards{256, 512, 1024};  ///< equally often; those larger than the machine are left out
  Duration median = days(1);
  Fixed sigma = one;  ///< of the run time's natural logarithm
  Duration run_max = days(14);
  Duration checkpoint = hours(1);
};

/// Such jobs for `wanted` card-milliseconds, submitted at any time of the window, in order. Their sum is as near to
/// `wanted` as whole jobs allow: one job more or less would be further off.
[[nodiscard]] Expected<std::vector<TraceJob>> pretraining_jobs(const PretrainingOptions& options, std::int32_t machine,
                                                               Int128 wanted, Duration window, std::uint64_t seed);

/// Their users are numbered from here, apart from all others.
inline constexpr std::uint32_t pretraining_users = 1'000'000;

}  // namespace mingyue::workload
