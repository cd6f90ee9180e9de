#pragma once

#include <memory>

#include "base/expected.hpp"
#include "drivers/backend.hpp"

namespace mingyue::drivers {

/// A device whose vendor gives a library with the device interface of QDMI 1.2 or 1.3 (docs/formats/qdmi.md). Circuits
/// are made of the device's own gates, on one register `q` of all its qubits, and submitted one by one as OpenQASM; the
/// metered time is that from submitting to the end of each, on our clock.
///
/// Beside the faults of Backend: `no-device-library`, `device-refused` (qdmi_library.hpp).
[[nodiscard]] Expected<std::unique_ptr<Backend>, Fault> open_qdmi_backend(const DriverSettings& settings);

}  // namespace mingyue::drivers
