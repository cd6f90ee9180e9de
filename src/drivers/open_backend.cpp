#include "drivers/open_backend.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "drivers/ideal_backend.hpp"
#include "drivers/qdmi_backend.hpp"
#include "drivers/simulated_backend.hpp"

namespace mingyue::drivers {

Expected<std::unique_ptr<Backend>, Fault> open_backend(const DriverSettings& settings) {
  if (settings.backend == "qdmi") return open_qdmi_backend(settings);
  if (settings.backend == "simulated") return open_simulated_backend(settings);
  if (settings.backend == "ideal") return open_ideal_backend(settings);
  return fault("no-device-library", fmt::format("'{}' is no kind of device", shown(settings.backend)));
}

}  // namespace mingyue::drivers
