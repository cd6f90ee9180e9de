#pragma once

#include <memory>

#include "base/expected.hpp"
#include "drivers/backend.hpp"

namespace mingyue::drivers {

/// A device that is none: our simulator, which makes the errors of the device that is described
/// (qpu/simulated_device.hpp), behind the same process and the same questions as any other. Its calibrations are drawn
/// from `seed` and drift with the time of day; it is not there in its windows of recalibration and maintenance.
///
/// The metered time is what the machine would take: each circuit is loaded once, whatever its sets of parameters, and
/// each shot takes its own time. `pace` says how much of that the batch really takes. Where computing takes longer, it
/// takes that.
///
/// The same batch under the same figures gives the same outcomes. Fault `no-device-library`: a description that is no
/// device, or no simulated one.
[[nodiscard]] Expected<std::unique_ptr<Backend>, Fault> open_simulated_backend(const DriverSettings& settings);

}  // namespace mingyue::drivers
