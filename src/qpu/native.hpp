#pragma once

#include <vector>

#include "qpu/device.hpp"
#include "qpu/steps.hpp"

namespace mingyue::qpu {

/// Pair steps as the device's entangler can do them: with cz and ecr, of a quarter turn (angle ±π/2, no exchange), one
/// for such a step, two for another angle or an exchange of that angle, three for any other exchange; with rxx and rzz,
/// without exchange. To be simplified again.
[[nodiscard]] std::vector<Step> expand(const std::vector<Step>& steps, Entangler entangler);

/// Expanded steps as gates of the device. `pairs` gives the direction of an ecr.
[[nodiscard]] std::vector<quantum::Instruction> to_native(const std::vector<Step>& steps, const Device& device,
                                                          const std::vector<Pair>& pairs);

}  // namespace mingyue::qpu
