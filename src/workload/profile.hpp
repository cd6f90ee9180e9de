#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "workload/ends.hpp"

namespace mingyue::workload {

/// Clusters whose published figures the fitted generator follows.
enum class Cluster : std::uint8_t { seren, kalos, helios };
DESCRIBE_ENUM(Cluster, seren, kalos, helios)

/// Cumulative shares at a size, in hundredths of a percent.
struct SizeShare {
  std::int32_t cards = 0;
  int jobs = 0;
  int time = 0;
};

/// What is published of a cluster, as numbers. Sources: Acme (Hu et al., NSDI'24) for Seren and Kalos, Helios (Hu et
/// al., SC'21) for Helios; both data sets CC-BY-4.0.
struct Profile {
  std::string_view from;
  std::span<const SizeShare> sizes;    ///< jobs and card-time up to a size
  std::array<int, 22> runs{};          ///< share of jobs up to 1, 2, 4 ... 2^21 s, in hundredths of a percent
  std::int64_t mean_card_seconds = 0;  ///< of a job
  Duration run_max;
  EndShares ends;
};
[[nodiscard]] const Profile& profile_of(Cluster cluster);

}  // namespace mingyue::workload
