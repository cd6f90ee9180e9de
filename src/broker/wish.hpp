#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"

/// What running jobs ask of quantum devices, as plain values.
namespace mingyue::broker {

/// The place of a device in the broker's list, from 0.
using DeviceNumber = std::uint32_t;

/// A batch or a session that somebody asked for. Numbered by who asks; never used twice.
using WishId = Id<struct WishIdTag>;

/// What counts when more than one device would do.
enum class Prefer : std::uint8_t {
  balanced = 1,  ///< the earliest end of so many shots that the wanted number of them is free of faults
  fidelity = 2,  ///< the highest expected success; among equals the earliest end
  time = 3,      ///< the earliest end; among equals the highest expected success
};
DESCRIBE_ENUM(Prefer, balanced, fidelity, time)

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
  Prefer prefer = Prefer::balanced;
  std::vector<Option> options;  ///< by device, ascending; at least one
  bool session = false;         ///< then each option's `run` is how long the session may last
};

/// Why a device takes no work.
enum class Out : std::uint8_t { no = 0, calibration = 1, maintenance = 2, down = 3, drained = 4 };
DESCRIBE_ENUM(Out, no, calibration, maintenance, down, drained)

}  // namespace mingyue::broker
