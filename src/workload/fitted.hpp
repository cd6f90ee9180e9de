#pragma once

#include <cstdint>
#include <memory>

#include "workload/profile.hpp"
#include "workload/source.hpp"
#include "workload/superpose.hpp"

namespace mingyue::workload {

struct FittedOptions {
  Cluster cluster = Cluster::seren;
  std::int32_t cards = 10'000;
  Load load{955'000};
  Duration window = days(91);
  std::uint64_t seed = 1;
  Duration checkpoint = hours(1);
};

/// A trace made from published figures alone; no data file is needed.
///
/// Sizes and card-time by size follow the cluster's distributions; run times have its shape, stretched for each size so
/// that the size gets its share of the card-time. Users come by Zipf's law and have habits: they submit in sessions of
/// like jobs under one limit that is rounded up to what people write (10 min, 1 h, 1 d), and half of the time they come
/// back with what they did last. Sessions come by the hour of the day and the day of the week (day 0 is a Monday), in
/// hours and weeks that are busier or quieter than others. Jobs that outrun their limit are timed out there; how the
/// others end follows the published shares, so most card-time ends by cancellation.
///
/// The jobs that fill the window are counted first, then given out: the load is met within a thousandth. Memory: the
/// sessions of an hour, and what of them comes later.
[[nodiscard]] Expected<std::unique_ptr<Source>> fitted(const FittedOptions& options);

}  // namespace mingyue::workload
