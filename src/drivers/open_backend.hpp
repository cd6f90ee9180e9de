#pragma once

#include "drivers/backend.hpp"

namespace mingyue::drivers {

/// The device that the settings name, by its kind. Faults: those of BackendOpener.
[[nodiscard]] Expected<std::unique_ptr<Backend>, Fault> open_backend(const DriverSettings& settings);

}  // namespace mingyue::drivers
