#pragma once

#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/tree.hpp"
#include "qpu/calibration.hpp"
#include "qpu/device.hpp"

/// Devices and calibrations as documents (docs/formats/qpu.md).
namespace mingyue::qpu {

/// Reads one document. All that is wrong is in the answer, in the order of lines, each with its field and line. What
/// was read passes check_device.
[[nodiscard]] Expected<Device, std::vector<Refusal>> read_device(const Tree& document);
/// As YAML; reading it gives the same device.
[[nodiscard]] std::string write_device(const Device& device);

/// Reads a calibration of this device; what was read passes check_calibration.
[[nodiscard]] Expected<Calibration, std::vector<Refusal>> read_calibration(const Tree& document, const Device& device);
/// As YAML, a line for each qubit and pair; reading it gives the same calibration.
[[nodiscard]] std::string write_calibration(const Calibration& calibration);

}  // namespace mingyue::qpu
