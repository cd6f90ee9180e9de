#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/qpu.hpp"

/// What running jobs ask of quantum devices, as plain values.
namespace mingyue::broker {

/// The place of a device in the broker's list, from 0.
using DeviceNumber = std::uint32_t;

/// A batch or a session that somebody asked for. Numbered by who asks; never used twice.
using WishId = Id<struct WishIdTag>;

using model::QpuOut;
using model::QpuPrefer;

/// A device on which the wish can be granted, and what to expect there.
struct Option {
  DeviceNumber device = 0;
  std::int32_t success = 1'000'000;  ///< expected, of one shot, in millionths: from the calibration; at least 1
  Duration run;                      ///< how long the device is held
  friend bool operator==(const Option&, const Option&) = default;
};

/// A batch: circuits that run one after the other, without anybody else between them. Or a session: the device is held
/// from its grant until its end, for the batches of one job alone.
struct Wish {
  WishId id;
  model::AttemptId of;
  std::string project;
  std::string user;
  std::int32_t rank = 0;  ///< of the job's priority class
  QpuPrefer prefer = QpuPrefer::balanced;
  std::vector<Option> options;  ///< by device, ascending; at least one
  bool session = false;         ///< then each option's `run` is how long the session may last
};

}  // namespace mingyue::broker
