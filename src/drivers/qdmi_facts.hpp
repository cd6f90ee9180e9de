#pragma once

#include <string>
#include <vector>

#include "base/expected.hpp"
#include "drivers/qdmi_library.hpp"
#include "qpu/calibration.hpp"
#include "qpu/device.hpp"

namespace mingyue::drivers::qdmi {

/// What a library tells of its device, in our words (docs/formats/qdmi.md has the table).
struct QdmiDevice {
  qpu::Device device;
  qpu::Calibration calibration;
  std::vector<Site> sites;  ///< qubit i of the device is site i; zones are left out
  bool takes_qasm3 = false;
  bool takes_qasm2 = false;
};

/// Reads all of it, under that name. `now`: when. The id of the calibration is of its figures, so that it changes
/// exactly when they do. Faults: `device-failed`, where the library fails or contradicts itself; `no-device-library`,
/// where its gates are no set that circuits can be made of here, or it takes no OpenQASM.
[[nodiscard]] Expected<QdmiDevice, Fault> read_device(const Library& library, const std::string& name, Instant now);

/// What the device does now. Fault `device-failed`.
[[nodiscard]] Expected<DeviceStatus, Fault> read_status(const Library& library);

}  // namespace mingyue::drivers::qdmi
