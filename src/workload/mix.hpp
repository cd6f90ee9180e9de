#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "workload/pretraining.hpp"
#include "workload/source.hpp"
#include "workload/superpose.hpp"

namespace mingyue::workload {

struct MixOptions {
  std::int32_t cards = 10'000;
  Load load{955'000};
  Duration window = days(91);
  std::uint64_t seed = 1;
  Duration checkpoint = hours(1);  ///< of every job but pre-training, which has its own
  int pretraining_percent = 40;    ///< of the card-time, in llm_mix
  PretrainingOptions pretraining;
};

/// venus-mix: the jobs of a recorded trace superposed to the size and load wanted. Without one, a trace fitted to the
/// published figures of Helios, of which Venus is a part; facts().from says which.
[[nodiscard]] Expected<std::unique_ptr<Source>> venus_mix(std::optional<Trace> recorded, const MixOptions& options);

/// llm-mix: a part of the card-time in pre-training jobs, the rest as venus-mix. The rest makes up for what whole
/// pre-training jobs cannot meet, so that the load is what was asked for.
[[nodiscard]] Expected<std::unique_ptr<Source>> llm_mix(std::optional<Trace> recorded, const MixOptions& options);

/// giant-mix is llm-mix with half of the card-time in jobs of 1,024, 2,048 or 4,096 cards: the hardest to keep a
/// machine full with. This sets the options so.
void use_giants(MixOptions& options);

}  // namespace mingyue::workload
