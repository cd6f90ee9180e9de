#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/time.hpp"
#include "drivers/batch.hpp"

namespace mingyue::drivers {

/// What a result is held against, beside the batch.
struct ResultBounds {
  Duration passed;                            ///< on our clock, from asking to the answer
  std::int64_t pace = 1000;                   ///< thousandths of its own time that the device takes; 0: any
  const std::set<std::string>& calibrations;  ///< ids that the device has told
};

/// What in a result cannot be true, as a sentence that names it; nothing where all of it can. A result is believed only
/// then: it is paid for, and others build on it. Checked are
///
///   the shape      one outcome for each circuit and set of parameters, of the kind that was asked
///   counts         every key of 0 and 1 and of the right width, none twice, counts positive, their sum the shots
///   expectations   finite, within the sum of the coefficients' magnitudes; errors finite, not negative
///   layout         no qubit twice, one device qubit for each bit
///   qpu_ms         not negative, not longer than the time that passed
///   calibration    one that the device has told
///
/// Cost: linear in the result, with a logarithm for the keys.
[[nodiscard]] std::optional<std::string> lie_in(const Batch& batch, const BatchResult& result,
                                                const ResultBounds& bounds);

}  // namespace mingyue::drivers
