#pragma once

#include "base/time.hpp"

namespace mingyue::ports {

/// The time of the day, in whole milliseconds. May jump: the runtime never lets the log go backwards.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
};

}  // namespace mingyue::ports
