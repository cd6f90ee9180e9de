#pragma once

#include <memory>

#include "base/expected.hpp"
#include "drivers/backend.hpp"

namespace mingyue::drivers {

/// Our simulator as it is, without a device's errors, its native gates or its slowness: for developing programs, and
/// for reference figures. Counts are drawn from the exact distribution; expectations are exact, whatever the shots, and
/// their error is 0. Every qubit and bit is where the circuit says. It is named simulated, as is all that it gives.
///
/// Circuits are refused (`circuit-refused`) with the number where their state does not fit into 4 GiB: 28 qubits do.
[[nodiscard]] Expected<std::unique_ptr<Backend>, Fault> open_ideal_backend(const DriverSettings& settings);

}  // namespace mingyue::drivers
